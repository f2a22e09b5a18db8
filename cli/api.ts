import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Client, createClient } from '@connectrpc/connect'
import { AuthService, type Tokens } from '../gen/proto/micro/auth/v1/auth_pb.ts'
import { CredentialService } from '../gen/proto/micro/credential/v1/credential_pb.ts'
import { EnvVarService } from '../gen/proto/micro/envvar/v1/envvar_pb.ts'
import { NamespaceService } from '../gen/proto/micro/namespace/v1/namespace_pb.ts'
import { RegistryService } from '../gen/proto/micro/registry/v1/registry_pb.ts'
import { RunService } from '../gen/proto/micro/run/v1/run_pb.ts'
import { RuntimeService } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { SystemService } from '../gen/proto/micro/system/v1/system_pb.ts'
import { type Environment, originOf } from './environments.ts'
import { fixedSession, openSession, type Session } from './session.ts'
import type { StoredTokens, TokenFile } from './tokens.ts'
import { type Connection, openConnection } from './transport.ts'
import { fromConnectError } from './wire-error.ts'

/** Clients of one server's services, all over one connection. */
export type Api = {
  readonly origin: string
  readonly connection: Connection
  readonly session: Session
  readonly auth: Client<typeof AuthService>
  readonly credential: Client<typeof CredentialService>
  readonly envVar: Client<typeof EnvVarService>
  readonly namespace: Client<typeof NamespaceService>
  readonly registry: Client<typeof RegistryService>
  readonly run: Client<typeof RunService>
  readonly runtime: Client<typeof RuntimeService>
  readonly system: Client<typeof SystemService>
}

type Options = { environment: Environment; tokens: TokenFile; fixedToken: string | undefined }

export function openApi({ environment, tokens, fixedToken }: Options): Api {
  const origin = originOf(environment)
  const connection: Connection = openConnection(environment, () => session)
  const anonymous = createClient(AuthService, connection.anonymous)
  const refresh = async (refreshToken: string) => {
    try {
      return storedTokens((await anonymous.refreshTokens({ refreshToken })).tokens)
    } catch (error) {
      throw fromConnectError(error, origin)
    }
  }
  const session = fixedToken === undefined ? openSession({ origin, tokens, refresh }) : fixedSession(fixedToken)
  return {
    origin,
    connection,
    session,
    auth: createClient(AuthService, connection.platform),
    credential: createClient(CredentialService, connection.platform),
    envVar: createClient(EnvVarService, connection.platform),
    namespace: createClient(NamespaceService, connection.platform),
    registry: createClient(RegistryService, connection.platform),
    run: createClient(RunService, connection.platform),
    runtime: createClient(RuntimeService, connection.platform),
    system: createClient(SystemService, connection.platform),
  }
}

export const anonymousAuth = ({ connection }: Api): Client<typeof AuthService> => createClient(AuthService, connection.anonymous)

export function storedTokens(tokens: Tokens | undefined): StoredTokens {
  const expiresAt = tokens?.accessTokenExpiresAt === undefined ? 0 : timestampMs(tokens.accessTokenExpiresAt)
  return { accessToken: tokens?.accessToken ?? '', refreshToken: tokens?.refreshToken ?? '', expiresAt }
}
