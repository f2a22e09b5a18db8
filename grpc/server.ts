import { timingSafeEqual } from 'node:crypto'
import { createServer, type Http2Server } from 'node:http2'
import type { HandlerContext } from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { actorOfToken } from '../control/auth/session.ts'
import type { Actor, ControlContext, Platform } from '../control/context.ts'
import { AuthService } from '../gen/proto/micro/auth/v1/auth_pb.ts'
import { CredentialService } from '../gen/proto/micro/credential/v1/credential_pb.ts'
import { EnvVarService } from '../gen/proto/micro/envvar/v1/envvar_pb.ts'
import { NamespaceService } from '../gen/proto/micro/namespace/v1/namespace_pb.ts'
import { RegistryService } from '../gen/proto/micro/registry/v1/registry_pb.ts'
import { RouterService } from '../gen/proto/micro/router/v1/router_pb.ts'
import { RunService } from '../gen/proto/micro/run/v1/run_pb.ts'
import { RuntimeService } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { SystemService } from '../gen/proto/micro/system/v1/system_pb.ts'
import type { Clock } from '../lib/clock.ts'
import type { Db } from '../prisma/client.ts'
import { authService } from './auth.ts'
import { credentialService } from './credential.ts'
import { envVarService } from './env-var.ts'
import { namespaceService } from './namespace.ts'
import { registryService } from './registry.ts'
import { routerService } from './router.ts'
import { type Rpcs, requestIdOf, rpcs } from './rpc.ts'
import { runService } from './run.ts'
import { runtimeService } from './runtime.ts'
import { systemService } from './system.ts'

export type GrpcOptions = { db: Db; clock: Clock; platform: Platform; routerKey: string; signal: AbortSignal }

/** A manifest of 20,000 files is some 4 MB. */
const maxMessageBytes = 16 * 2 ** 20

/** Every RPC of the platform, by service; the policy test walks it. */
export const implementations = (make: Rpcs) => [
  { service: AuthService, methods: authService(make) },
  { service: NamespaceService, methods: namespaceService(make) },
  { service: CredentialService, methods: credentialService(make) },
  { service: RuntimeService, methods: runtimeService(make) },
  { service: RunService, methods: runService(make) },
  { service: EnvVarService, methods: envVarService(make) },
  { service: RegistryService, methods: registryService(make) },
  { service: SystemService, methods: systemService(make) },
  { service: RouterService, methods: routerService(make) },
]

/** gRPC, gRPC-Web and Connect over HTTP/2 without TLS: the router is in front. */
export function createGrpcServer(options: GrpcOptions): Http2Server {
  const make = rpcs((call) => openContext(options, call), options.platform.log)
  const handler = connectNodeAdapter({
    readMaxBytes: maxMessageBytes,
    routes: (router) => {
      router.service(AuthService, authService(make))
      router.service(NamespaceService, namespaceService(make))
      router.service(CredentialService, credentialService(make))
      router.service(RuntimeService, runtimeService(make))
      router.service(RunService, runService(make))
      router.service(EnvVarService, envVarService(make))
      router.service(RegistryService, registryService(make))
      router.service(SystemService, systemService(make))
      router.service(RouterService, routerService(make))
    },
    fallback: (request, response) => {
      const found = request.url === '/.well-known/jwks.json'
      response.writeHead(found ? 200 : 404, {
        'content-type': 'application/json',
        'cache-control': found ? 'public, max-age=300' : 'no-store',
      })
      response.end(JSON.stringify(found ? options.platform.tokens.jwks() : { detail: 'Not found.' }))
    },
  })
  return createServer(handler)
}

async function openContext({ db, clock, platform, routerKey, signal }: GrpcOptions, call: HandlerContext): Promise<ControlContext> {
  const headers = call.requestHeader
  const address = headers.get('x-forwarded-for')?.split(',').at(-1)?.trim()
  const client = headers.get('user-agent')
  const base = { db, clock, platform, requestId: requestIdOf(call), signal: AbortSignal.any([call.signal, signal]) }
  return {
    ...base,
    actor: await actorOf(base, headers.get('authorization'), routerKey),
    ...(address ? { address } : {}),
    ...(client ? { client } : {}),
  }
}

async function actorOf(
  ctx: Pick<ControlContext, 'db' | 'clock' | 'platform'>,
  authorization: string | null,
  routerKey: string,
): Promise<Actor> {
  const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
  if (!token) return { kind: 'anonymous' }
  if (sameSecret(token, routerKey)) return { kind: 'router' }
  return actorOfToken(ctx, token)
}

function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
