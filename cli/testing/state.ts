import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect'
import type { TokensSchema } from '../../gen/proto/micro/auth/v1/auth_pb.ts'
import type { EnvVarInput } from '../../gen/proto/micro/envvar/v1/envvar_pb.ts'
import { ErrorInfoSchema } from '../../gen/proto/micro/errors/v1/errors_pb.ts'
import type { CreateRunRequest, WatchRunRequest, WatchRunResponseSchema } from '../../gen/proto/micro/run/v1/run_pb.ts'
import {
  type Deployment,
  DeploymentState,
  type DeployRequest,
  type Service,
  type StreamLogsRequest,
  type StreamLogsResponseSchema,
} from '../../gen/proto/micro/runtime/v1/runtime_pb.ts'

/** The other end of the wire, in memory, over real sockets: as much of the platform as the CLI can tell apart from the real one. */
export type FakePlatform = AsyncDisposable & {
  address: string
  /** What was asked of it, by method name. */
  calls: string[]
  deployRequests: DeployRequest[]
  blobs: Map<string, Uint8Array>
  /** Runs once, before the server says which files it lacks. */
  beforeUpload: () => Promise<void>
  /** The state in which the next deployment ends, with its reason. */
  next: { state: DeploymentState; reason: string; hint: string; hold: boolean; dropWatch: number }
  logs: (request: StreamLogsRequest) => AsyncIterable<MessageInitShape<typeof StreamLogsResponseSchema>>
  runRequests: CreateRunRequest[]
  watchRun: (request: WatchRunRequest) => AsyncIterable<MessageInitShape<typeof WatchRunResponseSchema>>
  /** The run was canceled. */
  canceled: boolean
  /** Access tokens given out from now on live so long. */
  lifetimeMs: number
  /** Makes every access token that was given out worthless. */
  expireTokens(): void
  /** Cuts every connection, as a router that is killed does. */
  cutConnections(): void
  refreshes: number
  reuseDetected: number
  http: (request: IncomingMessage, response: ServerResponse) => void
  seenHeaders: Headers[]
  /** Of the services that were deployed. */
  protocol: '' | 'http' | 'grpc'
  /** Whether there is anything to call. */
  hasServices: boolean
}

export type State = ReturnType<typeof createState>

export function createState(descriptors: Uint8Array) {
  const fake: FakePlatform = {
    address: '',
    calls: [],
    deployRequests: [],
    blobs: new Map(),
    beforeUpload: async () => {},
    next: { state: DeploymentState.LIVE, reason: '', hint: '', hold: false, dropWatch: 0 },
    logs: async function* () {},
    runRequests: [],
    watchRun: async function* () {},
    canceled: false,
    lifetimeMs: 900_000,
    expireTokens: () => access.clear(),
    cutConnections: () => {},
    refreshes: 0,
    reuseDetected: 0,
    http: (_request, response) => void response.end(),
    seenHeaders: [],
    protocol: '',
    hasServices: true,
    [Symbol.asyncDispose]: async () => {},
  }
  const access = new Set<string>()
  return {
    fake,
    descriptors,
    access,
    refresh: new Map<string, 'good' | 'used'>(),
    password: 'correct horse',
    namespaces: ['brave-otter-42'],
    /** Namespaces that reach nothing outside. */
    closed: new Set<string>(),
    credentials: new Map<string, string>(),
    /** By service, '' for the namespace, and name. */
    envVars: new Map<string, Map<string, EnvVarInput>>(),
    services: new Map<string, Service>(),
    deployments: new Map<string, Deployment>(),
    /** Of sources: of the live one by service, and of all by deployment. */
    liveDigest: new Map<string, string>(),
    digests: new Map<string, string>(),
  }
}

export function fail(code: Code, message: string, info: MessageInitShape<typeof ErrorInfoSchema> = {}): ConnectError {
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }])
}

export function issue({ fake, access, refresh }: State): MessageInitShape<typeof TokensSchema> {
  const tokens = { accessToken: randomUUID(), refreshToken: randomUUID() }
  access.add(tokens.accessToken)
  refresh.set(tokens.refreshToken, 'good')
  return { ...tokens, accessTokenExpiresAt: timestampFromDate(new Date(Date.now() + fake.lifetimeMs)) }
}

export const authenticator =
  ({ fake, access }: State) =>
  (context: HandlerContext): void => {
    fake.calls.push(context.method.name)
    fake.seenHeaders.push(context.requestHeader)
    const token = context.requestHeader.get('Authorization')?.replace('Bearer ', '')
    if (token === undefined || !(access.has(token) || token === 'fixed')) throw fail(Code.Unauthenticated, 'You are not logged in.')
  }

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
