import { z } from 'zod'
import type { Service } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'
import type { NamespaceContext } from '../context.ts'
import { planOf } from '../namespaces/plans.ts'
import { findService } from '../services/find.ts'
import { change, member } from '../verb.ts'
import { include } from './get.ts'
import { lockRuns } from './lock.ts'
import { queueRun } from './queue.ts'
import { type Command, commandLabel, defaultTimeoutMs, longestTimeoutMs } from './state.ts'

const Word = z
  .string()
  .max(32_768, 'An argument has at most 32768 characters.')
  .regex(/^[^\0]*$/, 'An argument holds no NUL character.')

const Input = z.object({
  namespace: z.string(),
  service: z.string(),
  /** A program and its arguments, executed as they are. */
  command: z
    .tuple([Word.min(1, 'A command is needed.')], Word)
    .refine((words) => words.length <= 256, 'A command has at most 256 words.')
    .optional(),
  /** In place of a command: that of a cron entry of the live release, now. */
  entry: z.string().optional(),
  kind: z.enum(['EXEC', 'JOB']).default('JOB'),
  timeoutMs: z.number().int().min(1000, 'A time-out is at least 1 s.').max(longestTimeoutMs, 'A time-out is at most 24 h.').optional(),
})
type Input = z.output<typeof Input>

/** Runs a command in an instance of its own of the live release, beside those that serve. */
export const createRun = change({
  name: 'runs.create',
  access: member('DEVELOPER'),
  input: Input,
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    const { id: serviceId, namespaceId, liveReleaseId: releaseId } = service
    if (!releaseId)
      throw new PlatformError('failed_precondition', `Nothing of ${service.name} is live: there is no release to run a command of.`, {
        hint: `Type \`micro deployments ${service.name}\` to see why.`,
      })
    await lockRuns(change.tx, namespaceId)
    const wanted = await wantedOf(change.tx, service, input)
    await requireRoom(ctx, change.tx)
    const { id } = await queueRun(ctx, change, { namespaceId, serviceId, releaseId, ...wanted })
    // Arguments may hold what is nobody's business for good.
    const [program] = commandLabel(wanted.command).split(' ')
    await change.audit({ action: 'runs.create', target: service.name, after: { run: id, kind: wanted.kind, program } })
    return change.tx.run.findUniqueOrThrow({ where: { id }, include })
  },
})

async function wantedOf(tx: Tx, { id: serviceId, name }: Service, { command, entry, kind, timeoutMs }: Input) {
  if ((command === undefined) === (entry === undefined))
    throw new PlatformError('invalid_argument', 'Either a command or a cron entry is to be run.', { field: 'command' })
  if (command !== undefined) return { command, kind, timeoutMs: timeoutMs ?? defaultTimeoutMs }
  const found = await tx.cronEntry.findFirst({ where: { serviceId, name: entry ?? '' } })
  if (!found)
    throw new PlatformError('not_found', `The live release of ${name} has no cron entry ${JSON.stringify(entry?.slice(0, 60))}.`, {
      hint: `Type \`micro job cron ${name}\` to see them.`,
    })
  return { command: found.command as Command, kind: 'CRON' as const, cronName: found.name, timeoutMs: timeoutMs ?? found.timeoutMs }
}

/** Runs that a cron entry began and that wait take no room yet: they wait longer when somebody comes before them. */
async function requireRoom({ namespace }: NamespaceContext, tx: Tx): Promise<void> {
  const { name, runs } = await planOf(tx, namespace.id)
  const waiting = { state: 'QUEUED' as const, kind: { in: ['EXEC' as const, 'JOB' as const] } }
  const count = await tx.run.count({ where: { namespaceId: namespace.id, OR: [{ state: 'RUNNING', kind: { not: 'RELEASE' } }, waiting] } })
  if (count >= runs)
    throw new PlatformError(
      'resource_exhausted',
      `${count} jobs are running in ${namespace.name}; its plan (${name}) allows ${runs} at once.`,
      {
        reason: 'LIMIT_REACHED',
        hint: 'Wait until one has ended, or cancel one: `micro job list NAME`, `micro job cancel ID`.',
      },
    )
}
