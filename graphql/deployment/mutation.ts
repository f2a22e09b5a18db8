import { cancelDeployment } from '../../control/deployments/cancel.ts'
import { createDeployment, type DeployInput, type DeployResult } from '../../control/deployments/create.ts'
import { updateService } from '../../control/deployments/update.ts'
import { rollback } from '../../control/releases/redeploy.ts'
import { PlatformError } from '../../lib/errors.ts'
import { field } from '../field.ts'

type Nullable<T> = { [K in keyof T]?: T[K] | null }
type GitSource = { url: string } & Nullable<{ ref: string; directory: string }>
type Options = Nullable<{
  protocol: 'HTTP' | 'GRPC'
  buildCommand: string
  startCommand: string
  healthPath: string
  instances: number
  public: boolean
  canaryPercent: number
  canaryMs: number
  warmMs: number
  env: { name: string; value: string }[]
}>
type DeployArgs = { namespace: string; name: string; git: GitSource; options?: Options | null }
type ServiceArgs = { namespace: string; name: string }

export const deploymentMutations = {
  deploy: field(
    createDeployment,
    ({ namespace, name, git, options }: DeployArgs): DeployInput => ({
      namespace,
      name,
      source: { kind: 'git', url: git.url, ref: git.ref ?? '', directory: git.directory ?? '' },
      ...toOptions(options ?? {}),
    }),
    deploymentOf,
  ),
  updateService: field(updateService, ({ namespace, name }: ServiceArgs) => ({ namespace, service: name })),
  rollbackService: field(rollback, ({ namespace, name, version }: ServiceArgs & { version?: number | null }) => ({
    namespace,
    service: name,
    version: version ?? undefined,
  })),
  cancelDeployment: field(cancelDeployment, (args: { namespace: string; id: string }) => args),
}

function toOptions({ env, protocol, buildCommand, startCommand, healthPath, instances, public: isPublic, ...rollout }: Options) {
  return {
    env: Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    options: {
      protocol: protocol === 'HTTP' ? ('http' as const) : protocol === 'GRPC' ? ('grpc' as const) : undefined,
      buildCommand: buildCommand ?? undefined,
      startCommand: startCommand ?? undefined,
      healthPath: healthPath ?? undefined,
      instances: instances ?? undefined,
      public: isPublic ?? undefined,
      canaryPercent: rollout.canaryPercent ?? undefined,
      canaryMs: rollout.canaryMs ?? undefined,
      warmMs: rollout.warmMs ?? undefined,
    },
  }
}

/** A git source is never asked for files. */
function deploymentOf(result: DeployResult) {
  if (result.kind === 'deployment') return result.deployment
  throw new PlatformError('internal', 'Something went wrong on the server.', { cause: new Error('files of a git source are missing') })
}
