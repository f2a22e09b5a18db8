import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { deleteCredential } from '../control/credentials/delete.ts'
import { listCredentials } from '../control/credentials/list.ts'
import { setCredential } from '../control/credentials/set.ts'
import type {
  CredentialService,
  DeleteCredentialRequest,
  ListCredentialsRequest,
  SetCredentialRequest,
} from '../gen/proto/micro/credential/v1/credential_pb.ts'
import type { Rpcs } from './rpc.ts'

export const credentialService = ({ unary }: Rpcs) =>
  ({
    setCredential: unary(
      setCredential,
      ({ namespace, host, username, secret }: SetCredentialRequest) => ({ namespace, host, secret, ...(username ? { username } : {}) }),
      (credential) => ({ credential: toCredential(credential) }),
    ),
    listCredentials: unary(
      listCredentials,
      ({ namespace }: ListCredentialsRequest) => ({ namespace }),
      (credentials) => ({ credentials: credentials.map(toCredential) }),
    ),
    deleteCredential: unary(
      deleteCredential,
      ({ namespace, host }: DeleteCredentialRequest) => ({ namespace, host }),
      () => ({}),
    ),
  }) satisfies ServiceImpl<typeof CredentialService>

const toCredential = ({ host, username, updatedAt }: { host: string; username: string; updatedAt: Date }) => ({
  host,
  username,
  updateTime: timestampFromDate(updatedAt),
})
