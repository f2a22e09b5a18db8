import { deleteCredential } from '../../control/credentials/delete.ts'
import { setCredential } from '../../control/credentials/set.ts'
import { field } from '../field.ts'

type SetArgs = { namespace: string; host: string; username?: string | null; secret: string }

export const credentialMutations = {
  setCredential: field(setCredential, ({ username, ...args }: SetArgs) => ({ ...args, username: username ?? undefined })),
  deleteCredential: field(deleteCredential, (args: { namespace: string; host: string }) => args),
}
