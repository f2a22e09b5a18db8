import type { Prisma } from '../../prisma/client.ts'
import type { ControlContext, Transaction } from '../context.ts'
import { tellRun } from './queue.ts'

/** Ends those that wait. @returns how many */
export async function dropQueued(ctx: ControlContext, change: Transaction, where: Prisma.RunWhereInput, reason: string): Promise<number> {
  const dropped = await change.tx.run.updateManyAndReturn({
    where: { ...where, state: 'QUEUED' },
    data: { state: 'CANCELED', reason, endedAt: ctx.clock.now() },
  })
  for (const run of dropped) tellRun(change, run)
  return dropped.length
}

/** Ends those that wait, and has those that run stopped; one whose command has ended by itself is left alone. @returns how many */
export async function stopRuns(ctx: ControlContext, change: Transaction, where: Prisma.RunWhereInput, reason: string): Promise<number> {
  const stopped = await change.tx.run.updateManyAndReturn({
    where: { ...where, state: 'RUNNING', endAs: null, exitedAt: null },
    data: { endAs: 'CANCELED', reason },
  })
  for (const run of stopped) tellRun(change, run)
  return stopped.length + (await dropQueued(ctx, change, where, reason))
}
