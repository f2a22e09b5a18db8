import type { Deployment, Instance, Release, Service } from '../../gen/prisma/client.ts'
import type { Installation } from '../context.ts'
import { activeStates } from '../deployments/queue.ts'

/** Without what is sealed, or may be megabytes for each service of a list. */
export type ShownRelease = Omit<Release, 'descriptors' | 'sealedEnv'>
export type ServiceRow = Service & {
  liveRelease: ShownRelease | null
  instances: (Instance & { release: { version: number } })[]
  allDeployments: Deployment[]
}
export type ServiceState = 'DEPLOYING' | 'RUNNING' | 'DEGRADED' | 'FAILED' | 'STOPPED'
export type ServiceView = ServiceRow & {
  state: ServiceState
  stateDetail: string | null
  instancesReady: number
  lastDeployment: Deployment | null
}

/** What a service needs beside its row to be shown. */
export const viewInclude = {
  liveRelease: { omit: { descriptors: true, sealedEnv: true } },
  instances: { orderBy: { createdAt: 'asc' }, include: { release: { select: { version: true } } } },
  allDeployments: { orderBy: { number: 'desc' }, take: 1 },
} as const

export function viewOf(service: ServiceRow): ServiceView {
  const lastDeployment = service.allDeployments[0] ?? null
  const instancesReady = service.instances.filter(({ state, releaseId }) => state === 'READY' && releaseId === service.liveReleaseId).length
  return { ...service, ...stateOf(service, instancesReady, lastDeployment), instancesReady, lastDeployment }
}

function stateOf(service: ServiceRow, ready: number, last: Deployment | null): { state: ServiceState; stateDetail: string | null } {
  const failed = last?.state === 'FAILED' ? `The last deployment failed: ${last.reason ?? 'no reason is known.'}` : null
  if (!service.liveReleaseId)
    return last && activeStates.includes(last.state)
      ? { state: 'DEPLOYING', stateDetail: null }
      : { state: 'FAILED', stateDetail: failed ?? 'No deployment of it was ever live.' }
  if (service.instancesWanted === 0) return { state: 'STOPPED', stateDetail: 'Scaled to 0 instances.' }
  const sick = service.instances.find(({ state, detail, releaseId }) => releaseId === service.liveReleaseId && state !== 'READY' && detail)
  if (ready === 0) return { state: 'FAILED', stateDetail: sick?.detail ?? 'Its instances are being started.' }
  if (ready < service.instancesWanted)
    return { state: 'DEGRADED', stateDetail: sick?.detail ?? `${ready} of ${service.instancesWanted} instances are ready.` }
  return { state: 'RUNNING', stateDetail: failed }
}

/** Where a namespace's services answer. */
export const namespaceUrl = (installation: Installation, namespace: string): string => at(installation, namespace)

/** Where a service answers through its namespace, and at the root of a host of its own. */
export function urlsOf(installation: Installation, namespace: string, service: string): { url: string; hostUrl: string } {
  return { url: `${at(installation, namespace)}/${service}`, hostUrl: at(installation, `${service}--${namespace}`) }
}

function at({ publicUrl }: Installation, label: string): string {
  const { protocol, host } = new URL(publicUrl)
  return `${protocol}//${label}.${host}`
}
