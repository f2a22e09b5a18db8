import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sourceFiles } from '../scripts/source-files.ts'
import { startGraphql, type TestGraphql } from '../testing/graphql.ts'
import { startGrpc, type TestGrpc } from '../testing/grpc.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { jobNames } from '../workers/catalog.ts'

/** Ways in that are not made of verbs. Each is known here, with what guards it: whoever adds one must say so. */
const routeHandlers = {
  // next-auth: logs in and signs up by mutations of GraphQL, ends its own cookie; CSRF token and Origin are its own.
  'app/api/auth/[...nextauth]/route.ts': 'cookie',
}

const jobs = {
  // Payloads are ids; the row must want the work and belong together: see workers/catalog.test.ts.
  build: 'system',
  rollout: 'system',
  pack: 'system',
}

/** What the router answers itself or hands to a process of the platform, whatever the headers say. */
const routerPaths = [
  '/-/healthz', // says only that it lives
  '/-/readyz', // says only which parts accept connections
  '/.well-known/jwks.json', // public keys
  '/micro.', // the gRPC server, but for micro.router: see control/policy.test.ts
]
const consolePaths = '-|api|graphql|webhooks|_next|\\.well-known'

const text = (path: string) => readFile(path, 'utf8')
const literals = (code: string, pattern: RegExp) => [...code.matchAll(pattern)].map(([, found]) => found ?? '')

describe('ways in that are not made of verbs', () => {
  test('route handlers of the console', async () => {
    const found = (await sourceFiles()).filter((path) => /^app\/.*\broute\.tsx?$|^app\/.*\/pages\/api\/|^pages\//.test(path))
    expect(found).toEqual(Object.keys(routeHandlers))
  })

  test('pages get their data by GraphQL alone: no server actions, no connections of their own', async () => {
    const files = (await sourceFiles()).filter((path) => /^(app|proxy)\b.*\.tsx?$/.test(path) && !path.includes('.test.'))
    const sources = await Promise.all(files.map(async (path) => ({ path, code: await text(path) })))
    expect(sources.filter(({ code }) => /['"]use server['"]/.test(code)).map(({ path }) => path)).toEqual([])
    expect(sources.filter(({ code }) => /from 'node:(http|https|net|http2|fs|child_process)/.test(code)).map(({ path }) => path)).toEqual([
      'app/lib/server/auth.ts', // the type of headers
      'app/lib/server/graphql.ts',
    ])
  })

  test('jobs', () => expect(jobNames).toEqual(Object.keys(jobs)))

  test('paths of the router', async () => {
    const code = await text('router/platform.ts')
    expect(literals(code, /path (?:===|\.startsWith\() ?'([^']+)'/g).concat(literals(code, /path\.startsWith\('([^']+)'/g))).toEqual(
      routerPaths,
    )
    expect(literals(code, /const ownPaths = \/\^\\\/\(\?:([^)]+)\)/g)).toEqual([consolePaths])
  })
})

describe('the platform’s own servers', () => {
  let platform: TestPlatform
  let grpc: TestGrpc
  let graphql: TestGraphql

  beforeAll(async () => {
    platform = await createTestPlatform()
    grpc = await startGrpc(platform)
    graphql = await startGraphql(platform)
  })
  afterAll(async () => {
    await grpc.close()
    await graphql.close()
    await platform.close()
  })

  test.each(['/', '/graphql/', '/graphqlx', '/graphql/streams', '/api', '/micro.runtime.v1.RuntimeService/Scale'])(
    'GraphQL does not answer at %s',
    async (path) => {
      expect((await graphql.request(path)).status).toBe(404)
    },
  )

  test('the public keys hold no private part', () => {
    const [key] = platform.ctx.platform.tokens.jwks().keys
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })
})
