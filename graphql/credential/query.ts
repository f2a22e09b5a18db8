import { listCredentials } from '../../control/credentials/list.ts'
import { field } from '../field.ts'

export const credentialQueries = {
  credentials: field(listCredentials, ({ namespace }: { namespace: string }) => ({ namespace })),
}
