import { userOf } from '../../control/auth/session.ts'
import type { ControlContext } from '../../control/context.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { NamespaceParent } from '../namespace/type.ts'

/** One look-up an operation, however many services ask. */
const known = new WeakMap<ControlContext, Map<string, Promise<NamespaceParent>>>()

/** The namespace of something that the caller was allowed to see, with the caller's role. */
export function namespaceOf(ctx: ControlContext, id: string): Promise<NamespaceParent> {
  const cache = known.get(ctx) ?? new Map<string, Promise<NamespaceParent>>()
  known.set(ctx, cache)
  const found = cache.get(id) ?? load(ctx, id)
  cache.set(id, found)
  return found
}

async function load(ctx: ControlContext, namespaceId: string): Promise<NamespaceParent> {
  const membership = await ctx.db.membership.findUnique({
    where: { userId_namespaceId: { userId: userOf(ctx).userId, namespaceId } },
    include: { namespace: true },
  })
  if (!membership) throw new PlatformError('not_found', 'You are no longer a member of this namespace.')
  return { ...membership.namespace, role: membership.role }
}
