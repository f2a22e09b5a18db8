import { z } from 'zod'
import type { CronEntry, Release } from '../../gen/prisma/client.ts'
import { nextTime } from '../../lib/cron.ts'
import type { Prisma, Tx } from '../../prisma/client.ts'
import type { ControlContext } from '../context.ts'
import { settingsOf } from '../instances/start.ts'
import { findService } from '../services/find.ts'
import { member, verb } from '../verb.ts'

/** So many of the times to come are told. */
const timesShown = 3

/** The entries of a release that goes live, in place of those of the one before. One whose times are the same as before goes on as it was. */
export async function writeEntries(
  ctx: ControlContext,
  tx: Tx,
  release: Pick<Release, 'serviceId' | 'namespaceId' | 'settings'>,
): Promise<void> {
  const { serviceId, namespaceId } = release
  const wanted = settingsOf(release).cron ?? []
  const before = await tx.cronEntry.findMany({ where: { serviceId } })
  await tx.cronEntry.deleteMany({ where: { serviceId } })
  await tx.cronEntry.createMany({
    data: wanted.map(({ command, ...entry }) => {
      const same = before.find(
        ({ name, schedule, timezone }) => name === entry.name && schedule === entry.schedule && timezone === entry.timezone,
      )
      const nextAt = same ? same.nextAt : nextOf(entry, ctx.clock.now())
      return { ...entry, serviceId, namespaceId, command: command as Prisma.InputJsonValue, nextAt }
    }),
  })
}

export const nextOf = ({ schedule, timezone }: Pick<CronEntry, 'schedule' | 'timezone'>, after: Date): Date | null =>
  nextTime({ expression: schedule, timezone }, after) ?? null

/** Of the live release, by name, with the times that come next. */
export const listCronEntries = verb({
  name: 'runs.listCron',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async run({ ctx, input }) {
    const { id: serviceId } = await findService(ctx, input.service)
    const entries = await ctx.db.cronEntry.findMany({ where: { serviceId, namespaceId: ctx.namespace.id }, orderBy: { name: 'asc' } })
    return entries.map((entry) => ({ ...entry, nextTimes: timesOf(entry) }))
  },
})

function timesOf(entry: CronEntry): Date[] {
  const times: Date[] = []
  for (let at = entry.nextAt; at && times.length < timesShown; at = nextOf(entry, at)) times.push(at)
  return times
}
