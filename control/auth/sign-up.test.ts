import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NamespaceName } from '../../lib/names.ts'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { signUp } from './sign-up.ts'

let platform: TestPlatform
let count = 0

beforeAll(async () => {
  platform = await createTestPlatform()
})
afterAll(() => platform.close())

type Given = { email?: string; username?: string; password?: string; namespace?: string }

function join({ namespace, ...given }: Given = {}) {
  const input = { email: `person${++count}@example.com`, password: 'long enough', ...given }
  return signUp({
    ctx: platform.as({ kind: 'anonymous' }),
    input: { ...input, ...(namespace === undefined ? {} : { namespace: namespace as NamespaceName }) },
  })
}

const namespacesOf = async (userId: string) =>
  (await platform.ctx.db.membership.findMany({ where: { userId }, include: { namespace: true } })).map(({ role, namespace }) => [
    role,
    namespace.name,
  ])

describe('sign-up', () => {
  test('makes a user, a namespace that the user owns, and a session', async () => {
    const login = await join({ email: ' Alice@Example.com ', namespace: 'alices-place' })
    const { db, platform: parts } = platform.ctx
    expect(await db.user.findUnique({ where: { id: login.userId } })).toMatchObject({
      email: 'alice@example.com',
      username: 'alice',
      operator: false,
    })
    expect(await namespacesOf(login.userId)).toEqual([['OWNER', 'alices-place']])
    expect(await parts.tokens.verify(login.accessToken)).toEqual({
      sub: login.userId,
      sid: login.sessionId,
      name: 'alice',
      ns: { 'alices-place': 'owner' },
    })
  })

  test('gives a readable namespace and a free user name where none is chosen', async () => {
    await join({ email: 'bob@one.example' })
    const login = await join({ email: 'bob@two.example' })
    expect(await platform.ctx.db.user.findUnique({ where: { id: login.userId } })).toMatchObject({ username: 'bob-2' })
    expect(await namespacesOf(login.userId)).toEqual([['OWNER', expect.stringMatching(/^[a-z]+-[a-z]+-\d{2,3}$/)]])
  })

  test.each([
    ['an e-mail address', { email: 'carol@example.com' }, { email: 'Carol@EXAMPLE.com' }, 'EMAIL_TAKEN'],
    ['a user name', { username: 'dave' }, { username: 'Dave' }, 'USERNAME_TAKEN'],
    ['a namespace', { namespace: 'erins-place' }, { namespace: 'erins-place' }, 'NAMESPACE_NAME_TAKEN'],
    ['a namespace but for hyphens', { namespace: 'frank-s' }, { namespace: 'franks' }, 'NAMESPACE_NAME_TAKEN'],
  ])('refuses %s that is taken, and leaves nothing behind', async (_, first, second, reason) => {
    await join(first)
    const before = await platform.ctx.db.user.count()
    await expect(join(second)).rejects.toMatchObject({ code: 'already_exists', details: { reason } })
    expect(await platform.ctx.db.user.count()).toBe(before)
  })

  test.each([
    ['the same e-mail address', { email: 'grace@example.com' }, 'EMAIL_TAKEN'],
    ['the same user name', { username: 'heidi' }, 'USERNAME_TAKEN'],
    ['the same namespace', { namespace: 'ivans-place' }, 'NAMESPACE_NAME_TAKEN'],
  ])('of two at once with %s one gets it, and the other is told so', async (_, given, reason) => {
    const results = await Promise.allSettled([join(given), join(given)])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({ code: 'already_exists', details: { reason } })
  })

  test('of many at once whose addresses begin alike, each gets a user name', async () => {
    const logins = await Promise.all(Array.from({ length: 4 }, (_, number) => join({ email: `judy@host${number}.example` })))
    expect(new Set(logins.map(({ userId }) => userId)).size).toBe(4)
  })

  test.each([
    ['namespace', { namespace: 'admin' }, /reserved/],
    ['namespace', { namespace: 'Upper' }, /lower-case/],
    ['namespace', { namespace: 'a'.repeat(21) }, /at most 20/],
    ['namespace', { namespace: '-a' }, /lower-case/],
    ['namespace', { namespace: 'a--b' }, /single hyphens/],
    ['namespace', { namespace: 'ünder' }, /lower-case/],
    ['email', { email: 'nobody' }, /e-mail/],
    ['email', { email: `${'a'.repeat(250)}@example.com` }, /./],
    ['password', { password: 'short' }, /8 characters/],
    ['password', { password: 'x'.repeat(257) }, /256/],
    ['username', { username: 'a--b' }, /user name/],
    ['username', { username: 'admin' }, /reserved/],
    ['username', { username: 'System' }, /reserved/],
    ['username', { username: 'a b' }, /user name/],
    ['username', { username: 'x'.repeat(40) }, /39/],
  ])('refuses a %s such as %j', async (field, given: Given, message) => {
    await expect(join(given)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(message),
      details: { field },
    })
  })

  test('a person whose address begins like a name of the platform gets another user name', async () => {
    const { userId } = await join({ email: 'admin@example.com' })
    expect(await platform.ctx.db.user.findUnique({ where: { id: userId } })).toMatchObject({ username: 'admin-2' })
  })
})
