import { getNamespace } from '../../control/namespaces/get.ts'
import { field } from '../field.ts'

export const namespaceQueries = {
  namespace: field(getNamespace, ({ name }: { name: string }) => ({ namespace: name })),
}
