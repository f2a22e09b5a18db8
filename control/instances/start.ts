import type { Instance, Namespace, Release, Service } from '../../gen/prisma/client.ts'
import type { Settings } from '../../builder/builder.ts'
import type { Address, InstanceSpec } from '../../runtime/runtime.ts'
import { PlatformError, toPlatformError } from '../../lib/errors.ts'
import { openEnv } from '../deployments/env.ts'
import { planOf } from '../namespaces/plans.ts'
import type { WorkerContext } from '../worker.ts'

export type StartableRelease = Release & { service: Service & { namespace: Namespace } }
type DirectoryArtifact = { kind: 'directory'; path: string; startCommand: string | string[]; workingDirectory?: string }

export const settingsOf = (release: Pick<Release, 'settings'>): Partial<Settings> => release.settings as Partial<Settings>

/** Starts the instance and waits until it is healthy. @throws PlatformError `failed_precondition` saying in plain words why it is not */
export async function startInstance(
  ctx: WorkerContext,
  row: Pick<Instance, 'id'>,
  release: StartableRelease,
  options: { restart: InstanceSpec['restart']; signal: AbortSignal },
): Promise<{ address: Address; h2c: boolean; startedAt: Date }> {
  const { runtime, health } = ctx.worker
  const settings = settingsOf(release)
  const instance = await runtime.apply(await specOf(ctx, row, release, options.restart))
  if (instance.state !== 'running') throw await unhealthy(ctx, row.id, undefined, new Error(`the instance is ${instance.state}`))
  const { address, startedAt } = instance
  try {
    const { h2c } = await health(address, {
      ...(settings.protocol ? { protocol: settings.protocol } : {}),
      ...(settings.healthPath ? { path: settings.healthPath } : {}),
      timeoutMs: settings.startTimeoutMs ?? 30_000,
      signal: options.signal,
      exited: () => exitOf(ctx, row.id),
    })
    return { address, h2c, startedAt }
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason
    throw await unhealthy(ctx, row.id, { address, startedAt }, error)
  }
}

export async function specOf(ctx: WorkerContext, { id }: Pick<Instance, 'id'>, release: StartableRelease, restart: InstanceSpec['restart']): Promise<InstanceSpec> {
  const { service } = release
  const settings = settingsOf(release)
  const artifact = release.artifact as DirectoryArtifact
  const { instance: limits } = await planOf(ctx.db, service.namespaceId)
  return {
    id,
    namespace: service.namespace.name,
    service: service.name,
    release: release.version,
    artifact: { kind: 'directory', path: artifact.path },
    command: artifact.startCommand,
    ...(artifact.workingDirectory ? { workingDirectory: artifact.workingDirectory } : {}),
    env: {
      ...openEnv(ctx, service, release.sealedEnv),
      MICRO_ADDRESS: ctx.worker.address,
      MICRO_NAMESPACE: service.namespace.name,
      MICRO_SERVICE: service.name,
      MICRO_RELEASE: `v${release.version}`,
    },
    limits: {
      memoryBytes: Math.min(settings.memoryBytes ?? limits.memoryBytes, limits.maxMemoryBytes),
      cpus: Math.min(settings.cpus ?? limits.cpus, limits.maxCpus),
      processes: limits.processes,
    },
    restart,
  }
}

function exitOf(ctx: WorkerContext, id: string) {
  const seen = ctx.worker.seen(id)
  if (seen?.state === 'exited') return seen.exit
  return seen?.state === 'backoff' ? seen.lastExit : undefined
}

async function unhealthy(ctx: WorkerContext, id: string, started: { address: Address; startedAt: Date } | undefined, error: unknown): Promise<PlatformError> {
  if (!started) return toPlatformError(error)
  const { reason, hint } = ctx.worker.diagnose({
    instance: ctx.worker.seen(id),
    startedAt: started.startedAt,
    expected: started.address,
    listening: await ctx.worker.runtime.listening(id),
    lastLines: await lastLines(ctx, id),
    error,
  })
  return new PlatformError('failed_precondition', reason, { ...(hint ? { hint } : {}), cause: error })
}

/** What the instance printed so far: the runtime gives the kept lines at once, then waits for more. */
async function lastLines(ctx: WorkerContext, id: string): Promise<string[]> {
  const lines: string[] = []
  const signal = AbortSignal.timeout(250)
  for await (const { text } of ctx.worker.runtime.logs(id, { signal })) {
    lines.push(text)
    if (lines.length > 20) lines.shift()
  }
  return lines
}
