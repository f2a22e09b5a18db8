import { access } from 'node:fs/promises'
import type { Settings } from '../../builder/builder.ts'
import type { Instance, Namespace, Release, Service } from '../../gen/prisma/client.ts'
import { PlatformError, toPlatformError } from '../../lib/errors.ts'
import type { Address, InstanceArtifact, InstanceNetwork, InstanceSpec } from '../../runtime/runtime.ts'
import { redactorOf } from '../env-vars/redact.ts'
import { environmentOf, openSnapshot, secretsIn } from '../env-vars/snapshot.ts'
import { applyFirewall } from '../namespaces/firewall.ts'
import { allocateNetwork } from '../namespaces/network.ts'
import { planOf } from '../namespaces/plans.ts'
import { describeActual } from '../reconciler/describe.ts'
import type { WorkerContext } from '../worker.ts'
import { explain } from './explain.ts'

export type StartableRelease = Omit<Release, 'descriptors'> & { service: Service & { namespace: Namespace } }
/** As `deployments/build.ts` writes it. */
type Starting = InstanceArtifact & { startCommand?: string | string[]; workingDirectory?: string }

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
  const spec = await specOf(ctx, row, release, options.restart)
  // One that ran before was perhaps kept warm, and is paused.
  if (ctx.worker.seen(row.id)?.state === 'running') await runtime.resume(row.id)
  const instance = await runtime.apply(spec)
  if (instance.state !== 'running')
    throw new PlatformError('failed_precondition', describeActual(instance) ?? 'The instance did not start.')
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
    throw await unhealthy(ctx, spec, { release, address, startedAt }, error)
  }
}

export async function specOf(
  ctx: WorkerContext,
  { id }: Pick<Instance, 'id'>,
  release: StartableRelease,
  restart: InstanceSpec['restart'],
): Promise<InstanceSpec> {
  const { service } = release
  const settings = settingsOf(release)
  const { startCommand, workingDirectory, ...artifact } = release.artifact as Starting
  const { instance: limits } = await planOf(ctx.db, service.namespaceId)
  const network = await networkOf(ctx, service.namespace)
  const { env, secrets } = environmentOf(openSnapshot(ctx, release))
  return {
    id,
    namespace: service.namespace.name,
    service: service.name,
    release: release.version,
    artifact: await startable(release, artifact),
    ...(startCommand === undefined ? {} : { command: startCommand }),
    ...(workingDirectory ? { workingDirectory } : {}),
    // Processes share the machine's ports, so there a service may not choose one.
    ...(artifact.kind === 'image' && settings.port !== undefined ? { port: settings.port } : {}),
    env: {
      ...env,
      MICRO_ADDRESS: `${network?.gateway ?? '127.0.0.1'}:${ctx.worker.port}`,
      MICRO_NAMESPACE: service.namespace.name,
      MICRO_SERVICE: service.name,
      MICRO_RELEASE: `v${release.version}`,
    },
    ...(network ? { network } : {}),
    secrets,
    limits: {
      memoryBytes: Math.min(settings.memoryBytes ?? limits.memoryBytes, limits.maxMemoryBytes),
      cpus: Math.min(settings.cpus ?? limits.cpus, limits.maxCpus),
      startCpus: limits.maxCpus,
      processes: limits.processes,
    },
    restart,
  }
}

/** Of a release that was packed the image stands in for its directory, where that is not on this machine. */
async function startable({ packedImage }: StartableRelease, artifact: InstanceArtifact): Promise<InstanceArtifact> {
  if (artifact.kind !== 'image' || artifact.mount === undefined || packedImage === null) return artifact
  const here = await access(artifact.mount).then(
    () => true,
    () => false, // built on another machine, or swept
  )
  return here ? artifact : { kind: 'image', image: packedImage }
}

async function networkOf(ctx: WorkerContext, namespace: Namespace): Promise<InstanceNetwork | undefined> {
  const { networkPool } = ctx.platform
  if (networkPool === undefined || !ctx.worker.runtime.capabilities.isolation) return undefined
  const { id, egress } = namespace
  const subnet = await allocateNetwork(ctx, namespace, networkPool)
  // Before anything runs in it.
  if (!egress) await applyFirewall(ctx)
  return { id, ...subnet, egress }
}

function exitOf(ctx: WorkerContext, id: string) {
  const seen = ctx.worker.seen(id)
  if (seen?.state === 'exited') return seen.exit
  return seen?.state === 'backoff' ? seen.lastExit : undefined
}

/** Why an instance that was healthy is so no more, as an error. */
export async function whyEnded(
  ctx: WorkerContext,
  row: Pick<Instance, 'id'>,
  release: StartableRelease,
  started: { address: Address; startedAt: Date },
): Promise<PlatformError> {
  return unhealthy(
    ctx,
    await specOf(ctx, row, release, 'never'),
    { ...started, release },
    new PlatformError('failed_precondition', 'The instance ended.'),
  )
}

async function unhealthy(
  ctx: WorkerContext,
  spec: InstanceSpec,
  { release, address, startedAt }: { release: StartableRelease; address: Address; startedAt: Date },
  error: unknown,
): Promise<PlatformError> {
  const exit = exitOf(ctx, spec.id)
  const { reason, hint } = await explain(ctx, spec, release, {
    expected: address,
    startedAt,
    waitedMs: ctx.clock.now().getTime() - startedAt.getTime(),
    ...(exit ? { exit } : {}),
    lastLines: await lastLines(ctx, spec.id),
    listening: await ctx.worker.runtime.listening(spec.id),
    health: toPlatformError(error),
  })
  const redact = redactorOf(secretsIn(openSnapshot(ctx, release)))
  return new PlatformError('failed_precondition', redact(`The service ${reason}.`), { hint, cause: error })
}

/** It may be a while until the runtime gives the first line; those that it has come one after the other. */
const firstLineMs = 1_500
const nextLineMs = 250

/** What the instance printed so far: the runtime gives the kept lines, then waits for more. */
async function lastLines(ctx: WorkerContext, id: string): Promise<string[]> {
  const lines: string[] = []
  const quiet = new AbortController()
  const stop = () => quiet.abort()
  let timer = setTimeout(stop, firstLineMs)
  const signal = AbortSignal.any([quiet.signal, AbortSignal.timeout(2 * firstLineMs)])
  for await (const { text } of ctx.worker.runtime.logs(id, { signal })) {
    lines.push(text)
    if (lines.length > 20) lines.shift()
    clearTimeout(timer)
    timer = setTimeout(stop, nextLineMs)
  }
  clearTimeout(timer)
  return lines
}
