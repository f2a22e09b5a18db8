import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ControlContext } from '../control/context.ts'
import { namesIn } from '../control/env-vars/snapshot.ts'
import type { StoredLine } from '../control/logs/read.ts'
import { type ServiceView, urlsOf } from '../control/services/view.ts'
import type { Deployment, Release } from '../gen/prisma/client.ts'
import { DeploymentState, ServiceState } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'

/** `namespace` names what the message belongs to: urls are made of it. */
export const toService = (service: ServiceView, namespace: string, ctx: ControlContext) => ({
  id: service.id,
  name: service.name,
  state: ServiceState[service.state],
  stateDetail: service.stateDetail ?? '',
  version: service.liveRelease?.version ?? 0,
  source: service.source,
  sourceLocation: service.sourceLocation,
  instancesReady: service.instancesReady,
  instancesWanted: service.instancesWanted,
  ...(service.lastDeployment ? { lastDeployment: toDeployment({ ...service.lastDeployment, service, release: null }) } : {}),
  url: urlsOf(ctx.platform.installation, namespace, service.name).url,
  updateTime: timestampFromDate(service.lastDeployment?.createdAt ?? service.updatedAt),
  protocol: service.liveRelease?.protocol ?? '',
  public: service.public,
  instances: service.instances.map(toInstance),
})

const toInstance = ({ id, release, state, detail, restarts, startedAt }: ServiceView['instances'][number]) => ({
  id,
  version: release.version,
  state: state.toLowerCase(),
  detail: detail ?? '',
  restarts,
  ...(startedAt ? { startTime: timestampFromDate(startedAt) } : {}),
})

export const toDeployment = (deployment: Deployment & { service: { name: string }; release: { version: number } | null }) => ({
  id: deployment.id,
  service: deployment.service.name,
  state: DeploymentState[deployment.state],
  reason: deployment.reason ?? '',
  hint: deployment.hint ?? '',
  version: deployment.release?.version ?? 0,
  source: deployment.source,
  trigger: deployment.trigger,
  creator: deployment.creator ?? '',
  createTime: timestampFromDate(deployment.createdAt),
  ...(deployment.endedAt ? { endTime: timestampFromDate(deployment.endedAt) } : {}),
})

type ReleaseRow = Pick<
  Release,
  'version' | 'source' | 'detected' | 'artifactBytes' | 'createdAt' | 'deploymentId' | 'creator' | 'variables' | 'sweptAt'
> & {
  live: boolean
}

export const toRelease = ({
  version,
  live,
  source,
  detected,
  artifactBytes,
  createdAt,
  deploymentId,
  creator,
  variables,
  sweptAt,
}: ReleaseRow) => ({
  version,
  live,
  source,
  detected,
  artifactBytes,
  createTime: timestampFromDate(createdAt),
  deploymentId,
  creator: creator ?? '',
  variables: namesIn({ variables }).map(({ name }) => name),
  kept: sweptAt === null,
})

export const toLogLine = ({ at, instanceId, text }: StoredLine) => ({ time: timestampFromDate(at), instance: instanceId ?? '', text })
