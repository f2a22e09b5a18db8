import { createNamespace } from '../../control/namespaces/create.ts'
import { deleteNamespace } from '../../control/namespaces/delete.ts'
import { setEgress } from '../../control/namespaces/set-egress.ts'
import { field } from '../field.ts'

export const namespaceMutations = {
  createNamespace: field(createNamespace, ({ name }: { name?: string | null }) => ({ name: name ?? undefined })),
  deleteNamespace: field(deleteNamespace, ({ name }: { name: string }) => ({ namespace: name })),
  setEgress: field(setEgress, ({ namespace, allowed }: { namespace: string; allowed: boolean }) => ({ namespace, allowed })),
}
