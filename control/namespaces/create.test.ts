import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NamespaceName } from '../../lib/names.ts'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { actorOfSession } from '../auth/session.ts'
import { signUp } from '../auth/sign-up.ts'
import { accessTokenLifetimeMs } from '../auth/tokens.ts'
import { createNamespace } from './create.ts'
import { deleteNamespace } from './delete.ts'

let platform: TestPlatform
beforeAll(async () => {
  platform = await createTestPlatform()
})
afterAll(() => platform.close())

async function user(email: string) {
  const { sessionId } = await signUp({ ctx: platform.as({ kind: 'anonymous' }), input: { email, password: 'long enough' } })
  return platform.as(await actorOfSession(platform.ctx, sessionId))
}

test('the name of a deleted namespace is free only when no token can name the old one any more', async () => {
  const [before, after] = [await user('before@example.com'), await user('after@example.com')]
  const name = 'passed-on' as NamespaceName
  await createNamespace({ ctx: before, input: { name } })
  await deleteNamespace({ ctx: before, input: { namespace: name } })
  await expect(createNamespace({ ctx: after, input: { name } })).rejects.toMatchObject({
    code: 'already_exists',
    details: { reason: 'NAMESPACE_NAME_TAKEN' },
  })
  await platform.ctx.db.routeTombstone.updateMany({
    where: { namespace: name },
    data: { createdAt: new Date(Date.now() - accessTokenLifetimeMs - 1000) },
  })
  expect(await createNamespace({ ctx: after, input: { name } })).toMatchObject({ name, role: 'OWNER' })
})
