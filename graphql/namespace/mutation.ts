import { createNamespace } from '../../control/namespaces/create.ts'
import { deleteNamespace } from '../../control/namespaces/delete.ts'
import { field } from '../field.ts'

export const namespaceMutations = {
  createNamespace: field(createNamespace, ({ name }: { name?: string | null }) => ({ name: name ?? undefined })),
  deleteNamespace: field(deleteNamespace, ({ name }: { name: string }) => ({ namespace: name })),
}
