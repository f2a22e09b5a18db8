import type { ControlContext } from '../../control/context.ts'
import { namespaceUrl } from '../../control/services/view.ts'
import type { Namespace } from '../../gen/prisma/client.ts'
import type { Role } from '../../gen/prisma/enums.ts'

/** A namespace comes with the role of who asks. */
export type NamespaceParent = Namespace & { role: Role }

export const namespaceTypes = {
  Namespace: {
    url: ({ name }: NamespaceParent, _: unknown, ctx: ControlContext) => namespaceUrl(ctx.platform.installation, name),
  },
  Membership: {
    namespace: ({ namespace, role }: { namespace: Namespace; role: Role }): NamespaceParent => ({ ...namespace, role }),
  },
}
