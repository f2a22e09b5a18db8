import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { refreshTokens } from './refresh.ts'
import { actorOfSession, actorOfToken } from './session.ts'
import { accessTokenLifetimeMs, sessionLifetimeMs } from './tokens.ts'

const ended = { code: 'unauthenticated', details: { reason: 'SESSION_ENDED' } }
let platform: TestPlatform

beforeAll(async () => {
  platform = await createTestPlatform()
})
afterAll(() => platform.close())

const refresh = (refreshToken: string) => refreshTokens({ ctx: platform.as({ kind: 'anonymous' }), input: { refreshToken } })
const isGood = ({ login }: TestUser) =>
  actorOfSession(platform.ctx, login.sessionId).then(
    () => true,
    () => false,
  )

describe('refresh tokens', () => {
  test('are exchanged once, for the next of the same session', async () => {
    const user = await platform.createUser()
    const first = await refresh(user.login.refreshToken)
    const second = await refresh(first.refreshToken)
    expect(new Set([user.login, first, second].map(({ refreshToken }) => refreshToken)).size).toBe(3)
    expect(second).toMatchObject({ userId: user.id, sessionId: user.login.sessionId })
    expect(await actorOfToken(platform.ctx, second.accessToken)).toEqual(user.actor)
  })

  test('say in the next access token what the user is a member of by now', async () => {
    const user = await platform.createUser()
    const { name } = await platform.createNamespace(user)
    const { accessToken } = await refresh(user.login.refreshToken)
    expect(await platform.ctx.platform.tokens.verify(accessToken)).toMatchObject({ ns: { [name]: 'owner' } })
  })

  test('that come a second time end the session, the successor’s included, and say so in the audit log', async () => {
    const user = await platform.createUser()
    const next = await refresh(user.login.refreshToken)
    await expect(refresh(user.login.refreshToken)).rejects.toMatchObject(ended)
    await expect(refresh(next.refreshToken)).rejects.toMatchObject(ended)
    await expect(actorOfToken(platform.ctx, next.accessToken)).rejects.toMatchObject(ended)
    const entries = await platform.ctx.db.auditEntry.findMany({ where: { actorId: user.id }, orderBy: { at: 'asc' } })
    expect(entries.map(({ action }) => action)).toEqual(['auth.refreshTokens', 'auth.refreshTokenReused'])
  })

  test('of another session of the same user are not touched by that', async () => {
    const user = await platform.createUser()
    const other = await platform.createUser()
    await refresh(user.login.refreshToken)
    await expect(refresh(user.login.refreshToken)).rejects.toMatchObject(ended)
    expect(await isGood(other)).toBe(true)
  })

  test('that come several times at once have one winner at most, and the session ends', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await platform.createUser()
      const results = await Promise.allSettled(Array.from({ length: 4 }, () => refresh(user.login.refreshToken)))
      expect(results.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
      for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(ended)
      expect(await isGood(user)).toBe(false)
    }
  })

  test.each(['', 'mrt_unknown', 'x'.repeat(201)])('such as %j are refused, and change nothing', async (token) => {
    const before = await platform.ctx.db.auditEntry.count()
    await expect(refresh(token)).rejects.toMatchObject({ code: expect.stringMatching(/^(unauthenticated|invalid_argument)$/) })
    expect(await platform.ctx.db.auditEntry.count()).toBe(before)
  })

  test('are kept as hashes only', async () => {
    const user = await platform.createUser()
    const rows = await platform.ctx.db.refreshToken.findMany({ where: { sessionId: user.login.sessionId } })
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(user.login.refreshToken.slice(4))
  })
})

describe('time', () => {
  test('ends an access token after fifteen minutes, and a session that nobody used after thirty days', async () => {
    const platform = await createTestPlatform()
    const { clock, ctx } = platform
    const user = await platform.createUser()
    clock.advance(accessTokenLifetimeMs - 10_000)
    expect(await actorOfToken(ctx, user.login.accessToken)).toEqual(user.actor)
    clock.advance(10_000)
    await expect(actorOfToken(ctx, user.login.accessToken)).rejects.toMatchObject({
      code: 'unauthenticated',
      details: { reason: 'TOKEN_INVALID' },
    })

    const as = { ctx: platform.as({ kind: 'anonymous' }) }
    clock.advance(sessionLifetimeMs - accessTokenLifetimeMs - 10_000)
    const next = await refreshTokens({ ...as, input: { refreshToken: user.login.refreshToken } })
    clock.advance(sessionLifetimeMs - 10_000)
    expect(await actorOfSession(ctx, user.login.sessionId)).toEqual(user.actor)
    clock.advance(10_000)
    await expect(actorOfSession(ctx, user.login.sessionId)).rejects.toMatchObject(ended)
    await expect(refreshTokens({ ...as, input: { refreshToken: next.refreshToken } })).rejects.toMatchObject(ended)
    await platform.close()
  })
})
