import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Artifact } from '../../builder/builder.ts'
import type { Deployment, Service, Source } from '../../gen/prisma/client.ts'
import { PlatformError, toPlatformError } from '../../lib/errors.ts'
import type { Prisma } from '../../prisma/client.ts'
import { isDatabaseAway } from '../../prisma/errors.ts'
import { namespaceChannel, outboxChannel } from '../context.ts'
import { credentialPurpose } from '../credentials/set.ts'
import { variablesOf } from '../env-vars/owner.ts'
import { redactorOf } from '../env-vars/redact.ts'
import { layered, secretsIn } from '../env-vars/snapshot.ts'
import { createLogWriter } from '../logs/write.ts'
import { lockNamespace } from '../namespaces/lock.ts'
import { planOf } from '../namespaces/plans.ts'
import { createRelease } from '../releases/create.ts'
import { queueRelease } from '../runs/release.ts'
import type { SourceContent } from '../sources/source.ts'
import { transaction } from '../verb.ts'
import type { WorkerContext } from '../worker.ts'
import { endedElsewhere, isStopping, untilEnded } from './ended.ts'
import { failDeployment } from './fail.ts'
import { Options } from './options.ts'
import { activeStates, enqueue } from './queue.ts'

export const BuildJob = z.object({ deploymentId: z.string() })

type Loaded = Deployment & { service: Service; sourceRow: Source | null }

/** Source → artifact → release, and its release command or the job that rolls it out. Does nothing for a deployment that has ended; can be done again after a crash. */
export async function buildDeployment(ctx: WorkerContext, job: z.output<typeof BuildJob>): Promise<void> {
  const deployment = await ctx.db.deployment.findFirst({
    where: { id: job.deploymentId, state: { in: activeStates }, releaseId: null, service: { deletedAt: null } },
    include: { service: true, sourceRow: true },
  })
  if (!deployment || deployment.service.namespaceId !== deployment.namespaceId) return
  await begin(ctx, deployment)
  const directory = join(ctx.worker.workDirectory, `${deployment.id}-${randomUUID()}`)
  const writer = createLogWriter(ctx, { namespaceId: deployment.namespaceId, serviceId: deployment.serviceId, deploymentId: deployment.id })
  const redact = redactorOf(secretsIn(await variablesOf(ctx, ctx.db, deployment.service)))
  const onLog = (text: string) => writer.add({ at: ctx.clock.now(), text: redact(text) })
  const until = untilEnded(ctx, deployment.id)
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 })
    const artifact = await build(ctx, deployment, { directory, onLog, signal: until.signal })
    // Its release command writes into the same log, and begins as soon as the release is there.
    if (artifact.settings.releaseCommand !== undefined) await writer.flushed()
    await Promise.all([writer.flushed(), release(ctx, deployment, artifact)])
  } catch (error) {
    if (until.ended.aborted) return onLog('==> Stopped: the deployment was ended.')
    // Done again when the platform, or its database, is back.
    if (isStopping(ctx) || isDatabaseAway(error)) throw error
    const failure = toPlatformError(error)
    if (failure.code === 'internal') ctx.platform.log.error({ err: error, deployment: deployment.id }, 'build failed')
    onLog(`==> Failed: ${failure.message}`)
    await writer.flushed()
    await failDeployment(ctx, deployment, { reason: redact(failure.message), hint: failure.details.hint })
  } finally {
    until.stop()
    await writer.flushed()
    await rm(directory, { recursive: true, force: true })
  }
}

async function begin(ctx: WorkerContext, { id, namespaceId, serviceId, buildStartedAt }: Loaded): Promise<void> {
  await ctx.db.deployment.updateMany({
    where: { id, state: 'QUEUED' },
    data: { state: 'BUILDING', buildStartedAt: buildStartedAt ?? ctx.clock.now() },
  })
  await ctx.platform.bus.publish(namespaceChannel(namespaceId), { kind: 'deployment', id, service: serviceId })
}

type Work = { directory: string; onLog(line: string): void; signal: AbortSignal }

async function build(ctx: WorkerContext, deployment: Loaded, { directory, onLog, signal }: Work): Promise<Artifact> {
  const { namespaceId, service, sourceRow } = deployment
  if (!sourceRow || sourceRow.namespaceId !== namespaceId) throw new PlatformError('internal', 'The source of this deployment is missing.')
  await requireSpace(ctx)
  const plan = await planOf(ctx.db, namespaceId)
  const credential = (host: string) => openCredential(ctx, namespaceId, host)
  await ctx.worker.sources.fetch(
    { namespaceId, content: sourceRow.content as SourceContent, into: directory, credential },
    { signal, onLog },
  )
  const options = Options.parse(deployment.options)
  return ctx.worker.builder.build(
    { namespace: namespaceId, service: service.name, directory, settings: definedSettings(options) },
    { signal, onLog, limits: { timeoutMs: 15 * 60_000, outputBytes: 16 * 2 ** 20, artifactBytes: plan.artifactBytes } },
  )
}

const leastFreeBytes = 512 * 2 ** 20

async function requireSpace(ctx: WorkerContext): Promise<void> {
  const { free } = await ctx.worker.disk.space()
  if (free >= leastFreeBytes) return
  throw new PlatformError('resource_exhausted', 'The disk of the server is full: less than 512 MiB are free, and nothing is built.', {
    reason: 'DISK_FULL',
    hint: 'The operator frees some: `micro system prune`.',
  })
}

async function openCredential(ctx: WorkerContext, namespaceId: string, host: string) {
  const row = await ctx.db.credential.findUnique({ where: { namespaceId_host: { namespaceId, host } } })
  return row ? { username: row.username, secret: ctx.platform.sealer.open(credentialPurpose(row), row.sealedSecret) } : undefined
}

async function release(ctx: WorkerContext, deployment: Loaded, artifact: Artifact): Promise<void> {
  const { service } = deployment
  await transaction(ctx, 'deployments.build', async (change) => {
    const { tx, audit, notify } = change
    await lockNamespace(tx, deployment.namespaceId)
    const created = await createRelease(ctx, tx, {
      service,
      deployment,
      variables: layered(artifact.settings.env ?? {}, await variablesOf(ctx, tx, service)),
      artifact: startingFrom(artifact),
      artifactBytes: artifact.sizeBytes,
      digest: artifact.digest,
      detected: artifact.detected,
      settings: artifact.settings as Prisma.InputJsonObject,
      descriptors: artifact.descriptors ? new Uint8Array(artifact.descriptors) : null,
      protocol: artifact.settings.protocol ?? '',
    })
    const releasing = await queueRelease(ctx, change, created)
    const { count } = await tx.deployment.updateMany({
      where: { id: deployment.id, state: 'BUILDING' },
      data: { releaseId: created.id, ...(releasing ? { state: 'RELEASING' } : {}) },
    })
    if (count === 0) throw endedElsewhere()
    if (!releasing) await enqueue(tx, 'rollout', deployment.id)
    await audit({
      action: 'releases.create',
      target: `${service.name} v${created.version}`,
      namespaceId: deployment.namespaceId,
      after: { deployment: deployment.id, digest: artifact.digest },
    })
    notify(outboxChannel, {})
    notify(namespaceChannel(deployment.namespaceId), { kind: 'deployment', id: deployment.id, service: service.id })
  })
}

/** What instances of the release start from and by. */
function startingFrom(artifact: Artifact): Prisma.InputJsonObject {
  const { startCommand, workingDirectory } = artifact
  const content =
    artifact.kind === 'directory'
      ? { kind: artifact.kind, path: artifact.path, programs: [...artifact.programs] }
      : { kind: artifact.kind, image: artifact.image, ...(artifact.mount ? { mount: artifact.mount } : {}) }
  return {
    ...content,
    ...(startCommand === undefined ? {} : { startCommand: startCommand as string | string[] }),
    ...(workingDirectory ? { workingDirectory } : {}),
  }
}

function definedSettings({ instances: _, ...options }: Options): Parameters<WorkerContext['worker']['builder']['build']>[0]['settings'] {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
