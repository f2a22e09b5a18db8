import type { Run } from '../../gen/prisma/client.ts'
import { newId } from '../../lib/ids.ts'
import type { Prisma } from '../../prisma/client.ts'
import { type ControlContext, namespaceChannel, runsChannel, type Transaction } from '../context.ts'
import type { Command } from './state.ts'

type New = Pick<Run, 'namespaceId' | 'serviceId' | 'releaseId' | 'kind' | 'timeoutMs'> & { command: Command } & Partial<
    Pick<Run, 'deploymentId' | 'cronName' | 'dueAt' | 'state' | 'reason' | 'endedAt' | 'creator'>
  >

/** Writes a run down; whoever supervises runs starts it when its turn has come. */
export async function queueRun(ctx: ControlContext, { tx, notify }: Transaction, { command, ...data }: New): Promise<Run> {
  const run = await tx.run.create({
    data: {
      id: newId('run'),
      command: command as Prisma.InputJsonValue,
      createdById: ctx.actor.kind === 'user' ? ctx.actor.userId : null,
      creator: ctx.actor.kind === 'user' ? ctx.actor.username : null,
      ...data,
    },
  })
  tellRun({ notify }, run)
  return run
}

/** To those who carry runs out, and to those who look at them. */
export function tellRun({ notify }: Pick<Transaction, 'notify'>, { id, namespaceId, serviceId }: Run): void {
  notify(runsChannel, { id })
  notify(namespaceChannel(namespaceId), { kind: 'run', id, service: serviceId })
}
