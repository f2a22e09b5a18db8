import { setTimeout as pause } from 'node:timers/promises'
import type { Instance } from '../../gen/prisma/client.ts'
import { whileDatabaseIsAway } from '../../prisma/errors.ts'
import type { Instance as Actual } from '../../runtime/runtime.ts'
import { desiredChannel } from '../context.ts'
import { activeStates } from '../deployments/queue.ts'
import { collectLogs } from '../logs/collect.ts'
import { pruneLogs } from '../logs/prune.ts'
import { pruneRuns } from '../runs/prune.ts'
import { activeRunStates } from '../runs/state.ts'
import type { WorkerContext } from '../worker.ts'
import { createQueue } from './queue.ts'
import { reconcileService, type Tasks } from './reconcile-service.ts'

const everyMs = 10_000
/** Of the looks at all services, one in so many deletes output that is too old or too much. */
const pruneEvery = 30

export type ReconcilerOptions = {
  onChange(instance: Actual): void
  /** Output of instances is read until this aborts: longer than `ctx.signal`, so that what they print while they are stopped is kept. */
  reading: AbortSignal
}

/**
 * Compares wanted with actual at start, when told, when an instance changes, and every 10 s, and repairs. Nothing of it depends on this
 * process having stayed alive: all it knows is in the database and in the runtime.
 */
export function startReconciler(
  ctx: WorkerContext,
  { onChange, reading }: ReconcilerOptions,
): { stopped: Promise<void>; collected(): Promise<void> } {
  const { log, bus } = ctx.platform
  const tasks = createTasks(ctx)
  const services = createQueue(ctx, (serviceId) => reconcileService(ctx, serviceId, tasks))
  const collected = new Map<string, Promise<void>>()

  const stopped = Promise.all([follow(), listen(), periodically()]).then(async () => void (await tasks.settled()))
  return { stopped, collected: async () => void (await Promise.all(collected.values())) }

  async function follow(): Promise<void> {
    for await (const actual of ctx.worker.runtime.watch({ signal: ctx.signal })) {
      onChange(actual)
      const row = await whileDatabaseIsAway(() => ctx.db.instance.findUnique({ where: { id: actual.id } }))
      if (!row) continue
      if (!collected.has(row.id)) collect(row)
      services.add(row.serviceId)
    }
  }

  function collect(row: Instance): void {
    const work = collectLogs(ctx, row, { namespaceId: row.namespaceId, serviceId: row.serviceId, instanceId: row.id }, reading)
      .catch((error: unknown) => log.error({ err: error, instance: row.id }, 'output of an instance could not be read'))
      .finally(() => collected.delete(row.id))
    collected.set(row.id, work)
  }

  async function listen(): Promise<void> {
    for await (const message of bus.subscribe(desiredChannel, { signal: ctx.signal })) {
      const serviceId = message?.serviceId
      if (typeof serviceId === 'string') services.add(serviceId)
    }
  }

  async function periodically(): Promise<void> {
    for (let look = 0; !ctx.signal.aborted; look++) {
      try {
        await removeStrangers()
        const all = await ctx.db.service.findMany({ select: { id: true } })
        for (const { id } of all) services.add(id)
        if (look === 0) void sayWhenSettled(all.length)
        await deleteEmptied()
        if (look % pruneEvery === 0) await Promise.all([pruneLogs(ctx), pruneRuns(ctx)])
      } catch (error) {
        log.error({ err: error }, 'looking at all services')
      }
      await pause(everyMs, undefined, { signal: ctx.signal, ref: false }).catch(() => undefined) // aborted: the loop ends
    }
  }

  /** How long a start takes until everything is as it is wanted, for who runs the platform. */
  async function sayWhenSettled(count: number): Promise<void> {
    await services.settled()
    await tasks.settled()
    if (!ctx.signal.aborted) log.info({ services: count }, 'looked at all services')
  }

  /** Instances that the runtime has and nobody wants: their rows went while the worker was away. */
  async function removeStrangers(): Promise<void> {
    const actual = await ctx.worker.runtime.list()
    const among = { in: actual.map(({ id }) => id) }
    const instances = await ctx.db.instance.findMany({ where: { id: among }, select: { id: true } })
    const runs = await ctx.db.run.findMany({ where: { id: among, state: { in: activeRunStates } }, select: { id: true } })
    const known = new Set([...instances, ...runs].map(({ id }) => id))
    for (const { id } of actual) if (!known.has(id)) tasks(id, () => ctx.worker.runtime.remove(id, { graceMs: 10_000 }))
  }

  async function deleteEmptied(): Promise<void> {
    const emptied = await ctx.db.namespace.findMany({ where: { deletedAt: { not: null }, services: { none: {} } }, select: { id: true } })
    if (emptied.length === 0) return
    const ids = emptied.map(({ id }) => id)
    await ctx.db.$transaction([
      ctx.db.source.deleteMany({ where: { namespaceId: { in: ids } } }),
      ctx.db.namespace.deleteMany({ where: { id: { in: ids } } }),
    ])
  }
}

function createTasks(ctx: WorkerContext) {
  const running = new Map<string, { done: Promise<void>; stop: AbortController; instead: boolean }>()
  const begin: Tasks = (id, work, { instead } = { instead: false }) => {
    if (ctx.signal.aborted) return
    const present = running.get(id)
    if (present) {
      if (!instead || present.instead || present.stop.signal.aborted) return
      present.stop.abort()
      void present.done.then(() => begin(id, work, { instead }))
      return
    }
    const stop = new AbortController()
    const done = work(AbortSignal.any([ctx.signal, stop.signal]))
      .catch((error: unknown) => ctx.signal.aborted || ctx.platform.log.error({ err: error, instance: id }, 'work on an instance'))
      .then(() => void running.delete(id))
    running.set(id, { done, stop, instead })
  }
  return Object.assign(begin, { settled: () => Promise.all([...running.values()].map(({ done }) => done)) })
}

/** Deployments that had not ended when the platform was stopped: their jobs are to be done again. Those that are releasing wait for a run. */
export function unfinishedDeployments(ctx: WorkerContext): Promise<{ id: string; releaseId: string | null }[]> {
  return ctx.db.deployment.findMany({ where: { state: { in: activeStates, not: 'RELEASING' } }, select: { id: true, releaseId: true } })
}
