/** What the documents in documents.ts return. */

export type Role = 'OWNER' | 'ADMIN' | 'DEVELOPER' | 'VIEWER'
export type ServiceState = 'DEPLOYING' | 'RUNNING' | 'DEGRADED' | 'FAILED' | 'STOPPED'
export type InstanceState = 'STARTING' | 'READY' | 'DRAINING' | 'WARM' | 'BACKOFF' | 'EXITED'
export type DeploymentState = 'QUEUED' | 'BUILDING' | 'RELEASING' | 'STARTING' | 'CANARY' | 'LIVE' | 'FAILED' | 'SUPERSEDED' | 'CANCELED'
export type Protocol = 'HTTP' | 'GRPC'

export type Installation = { defaultLogin: boolean; domain: string; publicUrl: string; version: string; runtime: string }

export type Membership = { role: Role; namespace: { name: string; plan: string; url: string } }
export type Me = { id: string; email: string | null; username: string; createdAt: string; memberships: Membership[] }

export type Session = {
  id: string
  kind: 'BROWSER' | 'CLI'
  client: string | null
  createdAt: string
  lastSeenAt: string
  expiresAt: string
  current: boolean
}

export type Namespace = { name: string; plan: string; role: Role; createdAt: string; url: string }

export type ServiceRow = {
  id: string
  name: string
  state: ServiceState
  stateDetail: string | null
  source: string
  protocol: Protocol | null
  url: string
  instancesWanted: number
  instancesReady: number
  updatedAt: string
  liveRelease: { version: number } | null
  lastDeployment: Pick<Deployment, 'id' | 'state' | 'reason' | 'trigger' | 'createdAt'> | null
}

export type Instance = {
  id: string
  version: number
  state: InstanceState
  detail: string | null
  restarts: number
  startedAt: string | null
}

export type Release = {
  version: number
  source: string
  detected: string
  artifactBytes: number
  /** False: its files were removed to free the disk. */
  kept: boolean
  creator: string | null
  createdAt: string
  live: boolean
}

export type EnvVar = {
  name: string
  kind: 'PLAIN' | 'SECRET'
  delivery: 'VARIABLE' | 'FILE'
  origin: 'SOURCE' | 'NAMESPACE' | 'SERVICE'
  state: 'LIVE' | 'PENDING' | 'REMOVED' | null
  value: string | null
  updatedAt: string | null
  updatedBy: string | null
}
export type EnvVarChange = { changed: string[]; deployments: string[] }

export type Deployment = {
  id: string
  state: DeploymentState
  reason: string | null
  hint: string | null
  source: string
  trigger: string
  creator: string | null
  createdAt: string
  buildStartedAt: string | null
  rolloutStartedAt: string | null
  endedAt: string | null
  release: { version: number } | null
}

/** As its own page shows it. */
export type WatchedDeployment = Deployment & { releaseStartedAt: string | null; releaseEndedAt: string | null }

export type RunState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'TIMED_OUT' | 'SKIPPED'

export type Run = {
  id: string
  service: string
  kind: 'RELEASE' | 'EXEC' | 'JOB' | 'CRON'
  state: RunState
  stopping: boolean
  version: number
  command: string
  argv: string[] | null
  entry: string | null
  dueAt: string | null
  creator: string | null
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  timeoutMs: number
  exitCode: number | null
  signal: string | null
  outOfMemory: boolean
  reason: string | null
  deploymentId: string | null
}

export type CronEntry = {
  name: string
  schedule: string
  timezone: string
  command: string
  timeoutMs: number
  overlap: 'SKIP' | 'QUEUE' | 'REPLACE'
  nextTimes: string[]
}

export type Service = Omit<ServiceRow, 'liveRelease' | 'lastDeployment'> & {
  public: boolean
  hostUrl: string
  createdAt: string
  liveRelease: Release | null
  instances: Instance[]
  lastDeployment: Deployment | null
  deployments: Deployment[]
  releases: (Release & { variables: string[] })[]
}

export type Field = { name: string; type: string; description: string | null }
export type Endpoint = {
  name: string
  path: string
  description: string | null
  clientStreaming: boolean
  serverStreaming: boolean
  request: Field[]
  response: Field[]
}

export type LogLine = { cursor: string; time: string; instance: string | null; text: string }
export type Credential = { host: string; username: string; updatedAt: string }

/** True for those who may deploy, restart, roll back and delete services. */
export const mayDeploy = (role: Role): boolean => role !== 'VIEWER'
/** True for those who may change a namespace's settings. */
export const mayAdminister = (role: Role): boolean => role === 'OWNER' || role === 'ADMIN'

/** Whether what is said of its state tells already why its last deployment failed. */
export const tellsOfFailure = ({ stateDetail, lastDeployment: last }: Pick<ServiceRow, 'stateDetail' | 'lastDeployment'>): boolean =>
  last?.state === 'FAILED' && stateDetail !== null && stateDetail.includes(last.reason ?? 'The last deployment failed')

const underWay: readonly DeploymentState[] = ['QUEUED', 'BUILDING', 'RELEASING', 'STARTING', 'CANARY']
export const isUnderWay = (state: DeploymentState): boolean => underWay.includes(state)

export const isRunning = ({ state }: Run): boolean => state === 'RUNNING'
export const isRunUnderWay = ({ state }: Run): boolean => state === 'QUEUED' || state === 'RUNNING'

/** Whether no later deployment went live: of all that did, only one still is. The service's own list may be the older of the two. */
export function isNewestLive({ id, createdAt }: Deployment, { deployments }: Service): boolean {
  const newest = deployments.find(({ state }) => state === 'LIVE')
  return !newest || newest.id === id || newest.createdAt < createdAt
}
