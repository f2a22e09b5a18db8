import { createHash } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { encode } from 'next-auth/jwt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bearer, type GraphqlAnswer, sessionSecret, startGraphql, type TestGraphql } from '../testing/graphql.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../testing/platform.ts'
import { sessionCookie } from './context.ts'
import { limits } from './limits.ts'

const origin = 'http://localhost:8080'
const query = '{ me { username } }'
const mutation = 'mutation { createNamespace { name } }'

let platform: TestPlatform
let graphql: TestGraphql
let user: TestUser
let cookie: string

beforeAll(async () => {
  platform = await createTestPlatform()
  graphql = await startGraphql(platform)
  user = await platform.createUser('alice')
  cookie = await cookieOf(user.login.sessionId)
})
afterAll(async () => {
  await graphql.close()
  await platform.close()
})

const cookieOf = async (sid: string, secret = sessionSecret) => `${sessionCookie(origin)}=${await encode({ token: { sid }, secret })}`
const send = async (body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await graphql.request('/graphql', {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: response.status, ...((await response.json()) as GraphqlAnswer) }
}
const refusedFor = (reason: string) => ({ errors: [{ extensions: { reason } }] })

describe('a session cookie', () => {
  test('is the user', async () => {
    expect(await send({ query }, { cookie })).toMatchObject({ status: 200, data: { me: { username: 'alice' } } })
    expect(await send({ query }, { cookie: `theme=dark; ${cookie}; other=1`, origin })).toMatchObject({
      data: { me: { username: 'alice' } },
    })
  })

  test('changes something only from the console’s own pages', async () => {
    expect(await send({ query: mutation }, { cookie, origin })).toMatchObject({ data: { createNamespace: { name: expect.any(String) } } })
    expect(await send({ query: mutation }, { cookie })).toMatchObject({ status: 403, ...refusedFor('FOREIGN_ORIGIN') })
    expect(
      await send(
        { query: `# a comment\n${query.replace('{', 'query A {')} ${mutation.replace('mutation', 'mutation B')}`, operationName: 'A' },
        { cookie },
      ),
    ).toMatchObject(refusedFor('FOREIGN_ORIGIN'))
  })

  test.each([
    'https://evil.example',
    'http://alice.localhost:8080',
    'http://localhost',
    'https://localhost:8080',
    'null',
    'http://localhost:8080.evil.example',
  ])('from %s is refused, even to read', async (foreign) => {
    expect(await send({ query }, { cookie, origin: foreign })).toMatchObject({ status: 403, ...refusedFor('FOREIGN_ORIGIN') })
  })

  test('that comes twice is refused, whichever comes first', async () => {
    const other = `${sessionCookie(origin)}=planted`
    for (const both of [`${cookie}; ${other}`, `${other}; ${cookie}`])
      expect(await send({ query }, { cookie: both })).toMatchObject({ status: 401, ...refusedFor('DUPLICATE_COOKIE') })
  })

  test.each([
    ['sealed by another key', () => cookieOf(user.login.sessionId, 'another secret')],
    ['of a session that does not exist', () => cookieOf('ses_none')],
    ['that is no cookie of ours', async () => `${sessionCookie(origin)}=garbage`],
    ['under the name of a secure server', async () => cookie.replace('next-auth', '__Host-next-auth')],
  ])('%s is nobody', async (_, create) => {
    expect(await send({ query }, { cookie: await create() })).toMatchObject({ status: 200, data: { me: null } })
  })

  test('of a session that was revoked is nobody at once', async () => {
    const other = await platform.createUser()
    const theirs = await cookieOf(other.login.sessionId)
    expect(await send({ query }, { cookie: theirs })).toMatchObject({ data: { me: { username: other.username } } })
    await platform.ctx.db.session.update({ where: { id: other.login.sessionId }, data: { revokedAt: new Date() } })
    expect(await send({ query }, { cookie: theirs })).toMatchObject({ data: { me: null } })
  })

  test('does not make a mutation that is named by its hash', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(mutation).digest('hex') } }
    await send({ query: mutation, extensions }, bearer(user.login.accessToken))
    const before = await platform.ctx.db.namespace.count()
    expect((await send({ extensions }, { cookie })).data?.createNamespace).toBeUndefined()
    expect(await platform.ctx.db.namespace.count()).toBe(before)
  })

  test('a token needs no Origin: no browser sends it by itself', async () => {
    expect(await send({ query: mutation }, bearer(user.login.accessToken))).toMatchObject({
      data: { createNamespace: { name: expect.any(String) } },
    })
  })
})

describe('requests that a browser makes without asking', () => {
  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])('are refused: a POST of %s', async (type) => {
    expect((await send({ query: mutation }, { cookie, origin, 'content-type': type })).status).toBe(400)
  })

  test('are refused: a GET without a header of its own, and any mutation by GET', async () => {
    const path = `/graphql?query=${encodeURIComponent(query)}`
    expect((await graphql.request(path, { headers: { cookie } })).status).toBe(400)
    expect((await graphql.request(path, { headers: { cookie, 'apollo-require-preflight': '1' } })).status).toBe(200)
    const changing = await graphql.request(`/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { cookie, origin, 'apollo-require-preflight': '1' },
    })
    expect(changing.status).toBe(405)
  })
})

describe('a request is limited', () => {
  test('in bytes', async () => {
    const large = JSON.stringify({ query, variables: { padding: 'x'.repeat(limits.bodyBytes) } })
    expect(await send(large)).toMatchObject({ status: 413, ...refusedFor('BODY_TOO_LARGE') })
    expect((await send({ query, variables: { padding: 'x'.repeat(limits.bodyBytes - 200) } })).status).toBe(200)
  })

  test('in tokens', async () => {
    expect(await send({ query: `{ ${'__typename '.repeat(limits.tokens)} }` })).toMatchObject({
      status: 400,
      errors: [{ message: expect.stringMatching(/tokens/) }],
    })
  })

  test('to one operation', async () => {
    expect((await send([{ query }, { query }])).status).toBe(400)
  })

  test.each(['', '{', 'null', '"text"', '[]', '{}', '{"query":1}', '{"query":"{"}'])('to what is JSON and a document: %j', async (body) => {
    expect(await send(body)).toMatchObject({ status: 400, errors: [{ message: expect.any(String) }] })
  })
})

describe('an error', () => {
  test('says its code, what to do and the id of the request', async () => {
    const asked = { query: '{ namespace(name: "nobodys") { id } }' }
    expect(await send(asked, { ...bearer(user.login.accessToken), 'micro-request-id': 'req_1' })).toEqual({
      status: 200,
      data: null,
      errors: [
        {
          message: 'You are not a member of a namespace "nobodys".',
          path: ['namespace'],
          locations: [{ line: 1, column: 3 }],
          extensions: { code: 'NOT_FOUND', hint: 'Type `micro namespace list` to see yours.', requestId: 'req_1' },
        },
      ],
    })
  })

  test('names the field that is not valid', async () => {
    const answer = await send({ query: 'mutation { createNamespace(name: "Upper") { id } }' }, bearer(user.login.accessToken))
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'INVALID_ARGUMENT', field: 'name' } }] })
  })

  test('of a token has the status that HTTP has for it', async () => {
    expect(await send({ query }, bearer('garbage'))).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED', reason: 'TOKEN_INVALID' } }],
    })
  })

  test.each([
    [
      'a root field',
      'ALTER TABLE "Credential" RENAME TO "Hidden"',
      'ALTER TABLE "Hidden" RENAME TO "Credential"',
      '{ credentials(namespace: $namespace) { host } }',
      ['credentials'],
    ],
    [
      'a field of a type',
      'ALTER TABLE "Release" RENAME TO "Hidden"',
      'ALTER TABLE "Hidden" RENAME TO "Release"',
      '{ namespace(name: $namespace) { id } }',
      undefined,
    ],
  ])('that nobody expected says nothing private: in %s', async (_, breaks, mends, selection, path) => {
    const owner = await platform.createUser()
    const { name } = await platform.createNamespace(owner)
    await platform.ctx.db.$executeRawUnsafe(breaks)
    try {
      const answer = await send(
        { query: `query($namespace: String!) ${selection}`, variables: { namespace: name } },
        { ...bearer(owner.login.accessToken), 'micro-request-id': 'req_2' },
      )
      if (path)
        expect(answer.errors).toEqual([
          {
            message: 'Something went wrong on the server.',
            path,
            locations: expect.anything(),
            extensions: { code: 'INTERNAL', requestId: 'req_2' },
          },
        ])
      expect(JSON.stringify(answer)).not.toMatch(/prisma|relation|Hidden|\.ts/i)
    } finally {
      await platform.ctx.db.$executeRawUnsafe(mends)
    }
  })
})

test('a connection that is used again and again keeps nothing of its requests', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(warning.message)
  process.on('warning', note)
  for (let time = 0; time < 15; time++)
    await new Promise<void>((resolve, reject) => {
      const sent = httpRequest(
        `${graphql.origin}/graphql`,
        { agent, method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => response.resume().on('end', resolve),
      )
      sent.on('error', reject).end(JSON.stringify({ query }))
    })
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  agent.destroy()
  expect(warnings.filter((text) => /listeners/.test(text))).toEqual([])
})
