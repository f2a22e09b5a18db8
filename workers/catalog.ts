import type { z } from 'zod'
import { BuildJob, buildDeployment } from '../control/deployments/build.ts'
import { PackJob, packRelease } from '../control/releases/pack.ts'
import { RolloutJob, rollOut } from '../control/rollouts/roll-out.ts'
import type { WorkerContext } from '../control/worker.ts'

export type Job<Schema extends z.ZodType = z.ZodType> = {
  schema: Schema
  /** So many at once in a worker. */
  concurrency: number
  /** After a failure that is not the tenant's: the handlers end what failed by itself. */
  attempts: number
  /** A job that takes longer is stopped by its signal. */
  timeoutMs: number
  run(ctx: WorkerContext, payload: z.output<Schema>): Promise<void>
}

const job = <Schema extends z.ZodType>(definition: Job<Schema>): Job<Schema> => definition

/**
 * Every job of the platform. A payload is an id and proves nothing: handlers load the row, check that it still wants the work and
 * that everything it names belongs to its namespace. Each can be done again after a crash half-way.
 */
export const catalog = {
  build: job({ schema: BuildJob, concurrency: 2, attempts: 3, timeoutMs: 20 * 60_000, run: buildDeployment }),
  rollout: job({ schema: RolloutJob, concurrency: 16, attempts: 3, timeoutMs: 30 * 60_000, run: rollOut }),
  pack: job({ schema: PackJob, concurrency: 1, attempts: 3, timeoutMs: 15 * 60_000, run: packRelease }),
}

export type JobName = keyof typeof catalog
export const jobNames = Object.keys(catalog) as JobName[]
export const isJobName = (name: string): name is JobName => name in catalog
