import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { operatorEnvironment } from '../builder/environment.ts'
import { createPostgresBus } from '../bus/postgres/bus.ts'
import { operatorVariables } from '../config/operator.ts'
import type { PlatformSettings } from '../config/platform.ts'
import { ensureDefaultUser } from '../control/auth/default-user.ts'
import { createTokenIssuer } from '../control/auth/tokens.ts'
import type { ControlContext } from '../control/context.ts'
import { createSealer } from '../control/secrets.ts'
import type { Worker } from '../control/worker.ts'
import { createGrpcServer } from '../grpc/server.ts'
import { systemClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { createDb } from '../prisma/client.ts'
import { diagnose } from '../runtime/diagnose.ts'
import { checkHealth } from '../runtime/health.ts'
import { tenantUser } from '../runtime/process/user.ts'
import { reflectDescriptors } from '../runtime/reflection.ts'
import type { Instance } from '../runtime/runtime.ts'
import { createDiskBlobs } from '../storage/disk.ts'
import { openQueues } from '../workers/queues.ts'
import { startWorkers } from '../workers/start.ts'
import { openBuilder } from './builder.ts'
import { diskOf } from './disk.ts'
import { tenantNodeDirectory } from './node.ts'
import { openRuntime } from './runtime.ts'
import { listenOnSocket } from './socket.ts'
import { createSourceFetcher } from './sources.ts'
import { version } from './version.ts'
import { freshWorkDirectory } from './work-directory.ts'

/** When the platform stops. Its supervisor kills it one and a half seconds later: see `stopMs`. */
const instanceGraceMs = 3_000

/** Plain processes share their memory with the machine's user, who would wonder what is left running. */
const warmMs = 5 * 60_000

/** Control and worker: the platform's gRPC services, its jobs and its reconciler. Each start registers its stop. */
export async function startPlatform(settings: PlatformSettings, log: Log): Promise<{ stop(): Promise<void> }> {
  const stops: (() => Promise<unknown>)[] = []
  const stopping = new AbortController()
  const stop = async () => {
    stopping.abort(new Error('the platform stops'))
    for (const end of stops.reverse()) await end()
  }
  try {
    const ctx = await openContext(settings, log, stopping.signal, stops)
    await ensureDefaultUser(ctx, settings.adminPassword)
    if (settings.roles.includes('worker')) stops.push(await startWorker(ctx, settings))
    if (settings.roles.includes('control')) {
      const { db, clock, platform, signal } = ctx
      const server = createGrpcServer({ db, clock, platform, signal, routerKey: settings.routerKey })
      stops.push(await listenOnSocket(server, settings.controlSocket))
    }
    return { stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function openContext(
  settings: PlatformSettings,
  log: Log,
  signal: AbortSignal,
  stops: (() => Promise<unknown>)[],
): Promise<ControlContext> {
  const db = createDb(settings.databaseUrl, 10)
  stops.push(() => db.$disconnect())
  const bus = createPostgresBus({ url: settings.databaseUrl, log })
  stops.push(() => bus.close())
  const sealer = createSealer(settings.envelopeKey)
  const tokens = await createTokenIssuer({ db, sealer, clock: systemClock })
  const blobs = await createDiskBlobs(join(settings.dataDirectory, 'blobs'))
  const { domain, publicUrl, loopbackOnly, runtime } = settings
  const installation = { domain, publicUrl, loopbackOnly, runtime, version }
  return {
    actor: { kind: 'system' },
    db,
    clock: systemClock,
    signal,
    requestId: newId('req'),
    platform: { bus, blobs, sealer, tokens, log, installation, ...(runtime === 'docker' ? { networkPool: settings.networkPool } : {}) },
  }
}

async function startWorker(ctx: ControlContext, settings: PlatformSettings): Promise<() => Promise<void>> {
  const { blobs } = ctx.platform
  const user = await tenantUser()
  const { variables, npmrc, path } = await operatorVariables()
  const environment = operatorEnvironment(variables, npmrc)
  const nodeDirectory = await tenantNodeDirectory(settings.dataDirectory, user)
  const { runtime, firewall } = await openRuntime(ctx, settings, { path: `${nodeDirectory}:${path}`, user })
  const { builder, packer, places } = await openBuilder(settings, { path, nodeDirectory, environment, user })
  const seen = new Map<string, Instance>()
  const worker: Worker = {
    runtime,
    ...(firewall ? { firewall } : {}),
    builder,
    ...(packer ? { packer } : {}),
    sources: createSourceFetcher({ blobs, allow: settings.fetchAllow, environment }),
    health: checkHealth,
    diagnose,
    reflect: reflectDescriptors,
    seen: (id) => seen.get(id),
    disk: diskOf(settings.dataDirectory, ctx.db, places, settings.diskBudgetBytes),
    warmMs: runtime.capabilities.isolation ? warmMs : 0,
    port: settings.port,
    workDirectory: await freshWorkDirectory(join(settings.dataDirectory, 'work')),
  }
  const queues = await openQueues(settings.databaseUrl, (error) => ctx.platform.log.warn({ err: error }, 'a queue of jobs'))
  const reading = new AbortController()
  const onChange = (instance: Instance) => void seen.set(instance.id, instance)
  const { stopped, collected } = await startWorkers({ ...ctx, worker }, queues, { onChange, reading: reading.signal })
  return async () => {
    // Their rows stay: the next start brings them up again.
    const removeAll = async (graceMs: number) => Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs })))
    // At once: work that waits for an instance to end by itself, for longer than we have, ends with it.
    await Promise.race([Promise.all([queues.close(), stopped, removeAll(instanceGraceMs)]), pause(instanceGraceMs + 500)])
    // And once more, for what a job had just begun to start.
    await Promise.race([removeAll(0), pause(500)])
    await Promise.race([collected(), pause(250)])
    reading.abort()
    await collected()
    // What still runs stays behind it.
    const left = await runtime.list()
    await runtime.close()
    if (left.length === 0) await firewall?.remove()
  }
}
