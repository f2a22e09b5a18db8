import { newId } from '../../lib/ids.ts'
import type { ControlContext } from '../context.ts'
import { insertNamespace } from '../namespaces/create.ts'
import { transaction } from '../verb.ts'
import { hashPassword } from './password.ts'

/**
 * The operator's account. With a password from the operator it works everywhere; without one it is admin / micro, which `logIn` refuses
 * unless the server is loopback-only. On any other server there is no such account until a password is given.
 */
export async function ensureDefaultUser(ctx: ControlContext, password: string | undefined): Promise<void> {
  const { installation } = ctx.platform
  if (!password && !installation.loopbackOnly) return
  const existing = await ctx.db.user.findUnique({ where: { username: 'admin' } })
  if (existing && !(password && existing.defaultPassword)) return
  const passwordHash = await hashPassword(password ?? 'micro')
  await transaction(ctx, 'auth.ensureDefaultUser', async (change) => {
    const { tx, audit } = change
    if (existing) {
      await tx.user.update({ where: { id: existing.id }, data: { passwordHash, defaultPassword: false } })
    } else {
      const user = await tx.user.create({
        data: { id: newId('usr'), username: 'admin', passwordHash, defaultPassword: !password, operator: true },
      })
      await insertNamespace(change, user.id)
    }
    await audit({ action: 'auth.ensureDefaultUser', target: 'admin' })
  })
}
