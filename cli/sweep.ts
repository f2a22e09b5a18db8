import { setTimeout as sleep } from 'node:timers/promises'
import type { Sweep } from '../gen/proto/micro/system/v1/system_pb.ts'
import { SweepSchema } from '../gen/proto/micro/system/v1/system_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { plain } from './plain.ts'
import { formatBytes } from './units.ts'

type Wanted = { dryRun: boolean; caches: boolean; keepReleases: number | undefined }

const askMs = 300

/** Has the server sweep its disk, waits for the end and shows what was found. */
export async function sweep(ctx: Context, { keepReleases, ...wanted }: Wanted): Promise<void> {
  const api = await ctx.api()
  const signal = ctx.interrupted()
  let { sweep: now } = await api.system.requestSweep({ ...wanted, ...(keepReleases === undefined ? {} : { keepReleases }) })
  while (now !== undefined && now.endTime === undefined) {
    await sleep(askMs, undefined, { signal }).catch(() => undefined) // Ctrl-C: seen on the next line
    if (signal.aborted) return ctx.out.line('The sweep goes on.')
    now = (await api.system.getSweep({ id: now.id })).sweep
  }
  if (now === undefined) return
  if (now.state === 'failed') throw new PlatformError('internal', `The disk could not be swept: ${now.error}`)
  show(ctx, now)
}

function show(ctx: Context, sweep: Sweep): void {
  const { places, dryRun, freeBytes, totalBytes } = sweep
  const sum = (value: (place: (typeof places)[number]) => bigint) => places.reduce((total, place) => total + value(place), 0n)
  const rows = [...places, { name: 'all', bytes: sum(({ bytes }) => bytes), freedBytes: sum(({ freedBytes }) => freedBytes) }]
  ctx.out.data(plain(SweepSchema, sweep), () => {
    ctx.out.table(
      ['WHAT', 'SIZE', dryRun ? 'CAN BE FREED' : 'FREED'],
      rows.map(({ name, bytes, freedBytes }) => [name, formatBytes(Number(bytes)), formatBytes(Number(freedBytes))]),
    )
    ctx.out.line(`${formatBytes(Number(freeBytes))} of ${formatBytes(Number(totalBytes))} are free.`)
  })
}
