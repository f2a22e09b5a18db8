import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AuthService } from '../../gen/proto/micro/auth/v1/auth_pb.ts'
import { RuntimeService } from '../../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { bearer, startGraphql, type TestGraphql } from '../../testing/graphql.ts'
import { startGrpc, type TestGrpc } from '../../testing/grpc.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { createTenant } from '../../testing/tenant.ts'
import { namespaceChannel } from '../context.ts'
import { logOut } from './log-out.ts'
import { hashPassword } from './password.ts'
import { beginSession, type Login } from './session.ts'
import { listSessions, revokeSession } from './sessions.ts'
import { setPassword } from './set-password.ts'
import { sessionLifetimeMs } from './tokens.ts'

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

const another = (user: TestUser): Promise<Login> => platform.ctx.db.$transaction((tx) => beginSession(platform.ctx, tx, user.id, 'BROWSER'))

async function isIn({ accessToken }: Login): Promise<boolean> {
  const overGrpc = await grpc
    .client(AuthService, accessToken)
    .getUser({})
    .then(
      () => true,
      () => false,
    )
  const overGraphql = (await graphql.ask('{ sessions { id } }', {}, bearer(accessToken))).errors === undefined
  expect(overGraphql).toBe(overGrpc)
  return overGrpc
}

describe('a session', () => {
  test('is in no longer when its user logs out, and the others are', async () => {
    const user = await platform.createUser()
    const other = await another(user)
    expect(await isIn(user.login)).toBe(true)
    await logOut({ ctx: user.ctx, input: {} })
    expect([await isIn(user.login), await isIn(other)]).toEqual([false, true])
  })

  test('can be revoked by another session of the same user, and by nobody else', async () => {
    const [user, stranger] = [await platform.createUser(), await platform.createUser()]
    const other = await another(user)
    await expect(revokeSession({ ctx: stranger.ctx, input: { id: other.sessionId } })).rejects.toMatchObject({ code: 'not_found' })
    expect((await listSessions({ ctx: user.ctx, input: {} })).map(({ id, current }) => [id, current]).sort()).toEqual(
      [
        [user.login.sessionId, true],
        [other.sessionId, false],
      ].sort(),
    )
    await revokeSession({ ctx: user.ctx, input: { id: other.sessionId } })
    expect([await isIn(user.login), await isIn(other)]).toEqual([true, false])
    await expect(revokeSession({ ctx: user.ctx, input: { id: other.sessionId } })).rejects.toMatchObject({ code: 'not_found' })
    expect(await listSessions({ ctx: user.ctx, input: {} })).toHaveLength(1)
  })

  test('stays when its user sets a new password, and the others end', async () => {
    const user = await platform.createUser()
    const other = await another(user)
    await platform.ctx.db.user.update({ where: { id: user.id }, data: { passwordHash: await hashPassword('the old one') } })
    const set = (currentPassword: string, newPassword: string) => setPassword({ ctx: user.ctx, input: { currentPassword, newPassword } })
    await expect(set('not the old one', 'the new one')).rejects.toMatchObject({
      code: 'invalid_argument',
      details: { field: 'currentPassword' },
    })
    await expect(set('the old one', 'short')).rejects.toMatchObject({ code: 'invalid_argument', details: { field: 'newPassword' } })
    expect(await isIn(other)).toBe(true)
    await set('the old one', 'the new one')
    expect([await isIn(user.login), await isIn(other)]).toEqual([true, false])
  })
})

describe('who loses the right to a stream on the way', () => {
  const endings = {
    'whose session is revoked': async (user: TestUser) => {
      await platform.ctx.db.session.update({ where: { id: user.login.sessionId }, data: { revokedAt: new Date() } })
      return 'UNAUTHENTICATED'
    },
    'whose session has expired': async (user: TestUser) => {
      const expiresAt = new Date(platform.clock.now().getTime() - sessionLifetimeMs)
      await platform.ctx.db.session.update({ where: { id: user.login.sessionId }, data: { expiresAt } })
      return 'UNAUTHENTICATED'
    },
    'who is a member no longer': async (user: TestUser) => {
      await platform.ctx.db.membership.deleteMany({ where: { userId: user.id } })
      return 'NOT_FOUND'
    },
  }

  test.each(Object.entries(endings))('gets no more over GraphQL: a user %s', async (_, end) => {
    const { namespace, members, serviceId } = await createTenant(platform)
    const query = 'subscription($namespace: String!) { services(namespace: $namespace) { name } }'
    const results = graphql.watch(query, { namespace: namespace.name }, bearer(members.VIEWER.login.accessToken))
    expect((await results.next()).value).toEqual({ data: { services: [{ name: 'hello' }] } })
    const code = await end(members.VIEWER)
    await platform.ctx.platform.bus.publish(namespaceChannel(namespace.id), { kind: 'service', id: serviceId, service: serviceId })
    expect((await results.next()).value).toMatchObject({ data: null, errors: [{ extensions: { code } }] })
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  test.each(Object.entries(endings))('gets no more over gRPC: a user %s', async (_, end) => {
    const { namespace, members, service, serviceId, instance } = await createTenant(platform)
    const { streamLogs } = grpc.client(RuntimeService, members.VIEWER.login.accessToken)
    const left = new AbortController()
    const batches = streamLogs({ namespace: namespace.name, service, follow: true }, { signal: left.signal })[Symbol.asyncIterator]()
    expect((await batches.next()).value?.lines).toHaveLength(1)
    const code = await end(members.VIEWER)
    const row = {
      namespaceId: namespace.id,
      serviceId,
      instanceId: instance,
      firstAt: new Date(),
      lastAt: new Date(),
      lines: [[Date.now(), 'secret']],
      count: 1,
      bytes: 6,
    }
    await platform.ctx.db.logChunk.create({ data: row })
    await platform.ctx.platform.bus.publish(namespaceChannel(namespace.id), { kind: 'log', id: instance, service: serviceId })
    await expect(batches.next()).rejects.toMatchObject({ message: expect.stringContaining(`[${code.toLowerCase()}]`) })
    left.abort()
  })
})
