import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { Code, ConnectError } from '@connectrpc/connect'
import type { ControlContext } from '../control/context.ts'
import { cancelDeployment } from '../control/deployments/cancel.ts'
import { createDeployment, type DeployResult } from '../control/deployments/create.ts'
import { followDeployment } from '../control/deployments/follow.ts'
import { getDeployment } from '../control/deployments/get.ts'
import { listDeployments } from '../control/deployments/list.ts'
import { streamLogs } from '../control/logs/stream.ts'
import { listReleases } from '../control/releases/list.ts'
import { restart, rollback } from '../control/releases/redeploy.ts'
import { deleteService } from '../control/services/delete.ts'
import { getService } from '../control/services/get.ts'
import { listServices } from '../control/services/list.ts'
import { scale } from '../control/services/scale.ts'
import { uploadBlobs } from '../control/sources/upload.ts'
import type * as pb from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import type { Rpcs } from './rpc.ts'
import { toDeployment, toLogLine, toRelease, toService } from './runtime-messages.ts'
import { toOptions, toSource, toUpload } from './runtime-requests.ts'

export const runtimeService = ({ unary, serverStream, clientStream }: Rpcs) =>
  ({
    deploy: unary(
      createDeployment,
      (request: pb.DeployRequest) => ({
        namespace: request.namespace,
        name: request.name,
        source: toSource(request),
        options: toOptions(request.options),
        env: request.options?.env ?? {},
        force: request.force,
        trigger: request.trigger === 'update' ? ('update' as const) : ('run' as const),
      }),
      deployed,
    ),
    upload: clientStream(uploadBlobs, toUpload, ({ files, bytes }) => ({ files, bytes: BigInt(bytes) })),
    watchDeployment: serverStream(
      followDeployment,
      ({ namespace, deploymentId }: pb.WatchDeploymentRequest) => ({ namespace, id: deploymentId }),
      async function* (events) {
        for await (const event of events) {
          if (event.kind === 'deployment') yield { event: { case: 'deployment' as const, value: toDeployment(event.deployment) } }
          else for (const line of event.lines) yield { event: { case: 'log' as const, value: toLogLine(line) } }
        }
      },
    ),
    cancelDeployment: unary(
      cancelDeployment,
      ({ namespace, deploymentId }: pb.CancelDeploymentRequest) => ({ namespace, id: deploymentId }),
      (deployment) => ({ deployment: toDeployment(deployment) }),
    ),
    listDeployments: unary(
      listDeployments,
      ({ namespace, service, pageSize }: pb.ListDeploymentsRequest) => ({ namespace, service, ...(pageSize ? { first: pageSize } : {}) }),
      (deployments) => ({ deployments: deployments.map(toDeployment) }),
    ),
    listReleases: unary(
      listReleases,
      ({ namespace, service, pageSize }: pb.ListReleasesRequest) => ({ namespace, service, ...(pageSize ? { first: pageSize } : {}) }),
      (releases) => ({ releases: releases.map(toRelease) }),
    ),
    rollback: unary(
      rollback,
      ({ namespace, service, version }: pb.RollbackRequest) => ({ namespace, service, ...(version ? { version } : {}) }),
      begun,
    ),
    restart: unary(restart, ({ namespace, service }: pb.RestartRequest) => ({ namespace, service }), begun),
    scale: unary(
      scale,
      ({ namespace, service, instances }: pb.ScaleRequest) => ({ namespace, service, instances }),
      async (service, ctx) => ({ service: toService(service, await namespaceName(service, ctx), ctx) }),
    ),
    deleteService: unary(
      deleteService,
      ({ namespace, service }: pb.DeleteServiceRequest) => ({ namespace, service }),
      () => ({}),
    ),
    listServices: unary(
      listServices,
      ({ namespace }: pb.ListServicesRequest) => ({ namespace }),
      async (services, ctx) => {
        const [first] = services
        const namespace = first ? await namespaceName(first, ctx) : ''
        return { services: services.map((service) => toService(service, namespace, ctx)) }
      },
    ),
    getService: unary(
      getService,
      ({ namespace, service }: pb.GetServiceRequest) => ({ namespace, service }),
      async (service, ctx) => ({ service: toService(service, await namespaceName(service, ctx), ctx) }),
    ),
    streamLogs: serverStream(
      streamLogs,
      (request: pb.StreamLogsRequest) => ({
        namespace: request.namespace,
        service: request.service,
        follow: request.follow,
        ...(request.tail ? { tail: request.tail } : {}),
        ...(request.since ? { since: timestampDate(request.since) } : {}),
        ...(request.instance ? { instance: request.instance } : {}),
        ...(request.build ? { build: 'last' as const } : {}),
        ...(request.after ? { after: request.after } : {}),
      }),
      async function* (batches) {
        for await (const lines of batches) yield { lines: lines.map(toLogLine), cursor: lines.at(-1)?.cursor ?? '' }
      },
    ),
  }) satisfies ServiceImpl<typeof pb.RuntimeService>

async function deployed(result: DeployResult, ctx: ControlContext) {
  if (result.kind === 'missing') return { missing: result.hashes.map((hash) => new Uint8Array(Buffer.from(hash, 'hex'))) }
  const { deployment, service, unchanged } = result
  const namespace = await namespaceName(service, ctx)
  const [full, shown] = await Promise.all([
    getDeployment({ ctx, input: { namespace, id: deployment.id } }),
    getService({ ctx, input: { namespace, service: service.name } }),
  ])
  return { deployment: toDeployment(full), service: toService(shown, namespace, ctx), unchanged }
}

const begun = async (deployment: { id: string; namespaceId: string }, ctx: ControlContext) => ({
  deployment: await begunDeployment(deployment, ctx),
})

export async function begunDeployment({ id, namespaceId }: { id: string; namespaceId: string }, ctx: ControlContext) {
  const namespace = await namespaceName({ namespaceId }, ctx)
  return toDeployment(await getDeployment({ ctx, input: { namespace, id } }))
}

async function namespaceName({ namespaceId }: { namespaceId: string }, ctx: ControlContext): Promise<string> {
  const namespace = await ctx.db.namespace.findUnique({ where: { id: namespaceId }, select: { name: true } })
  if (!namespace) throw new ConnectError('The namespace is being deleted.', Code.NotFound)
  return namespace.name
}
