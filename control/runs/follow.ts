import { z } from 'zod'
import { type NamespaceContext, namespaceChannel } from '../context.ts'
import { parseCursor, readAfter, type StoredLine } from '../logs/read.ts'
import { Cursor } from '../logs/stream.ts'
import { member, watch } from '../verb.ts'
import { findRun, type RunView } from './get.ts'
import { activeRunStates } from './state.ts'

export type RunEvent = { kind: 'run'; run: RunView } | { kind: 'log'; lines: StoredLine[] }

const input = z.object({
  namespace: z.string(),
  id: z.string(),
  after: Cursor.optional(),
  /** Absent: true. False: it ends with what there is. */
  follow: z.boolean().optional(),
})
type Input = z.output<typeof input>

/** State and output of a run in their order, from the beginning (or after a cursor) until it has ended and all was told. */
export const followRun = watch({
  name: 'runs.follow',
  access: member('DEVELOPER'),
  input,
  run: ({ ctx, input }) => eventsOf(ctx, input),
})

/** The run alone, whenever it changed. */
export const watchRun = watch({
  name: 'runs.watch',
  access: member('DEVELOPER'),
  input: input.pick({ namespace: true, id: true }),
  async *run({ ctx, input }): AsyncGenerator<RunView> {
    for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal })) {
      if (message && (message.kind !== 'run' || message.id !== input.id)) continue
      const run = await findRun(ctx, input.id)
      yield run
      if (!activeRunStates.includes(run.state)) return
    }
  },
})

/** Its output alone, in batches. */
export const streamRunLog = watch({
  name: 'runs.streamLog',
  access: member('DEVELOPER'),
  input,
  async *run({ ctx, input }): AsyncGenerator<StoredLine[]> {
    await findRun(ctx, input.id)
    // So that whoever listens knows soon that there is nothing yet.
    yield []
    for await (const event of eventsOf(ctx, input)) if (event.kind === 'log') yield event.lines
  },
})

async function* eventsOf(ctx: NamespaceContext, { id, after, follow = true }: Input): AsyncGenerator<RunEvent> {
  let told = ''
  let position = after === undefined ? undefined : parseCursor(after)
  for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal })) {
    if (message && message.id !== id) continue
    // Read before the output: once it has ended, all of that is stored.
    const run = await findRun(ctx, id)
    const now = JSON.stringify([run.state, run.startedAt, run.endAs])
    const hasEnded = !activeRunStates.includes(run.state)
    if (now !== told && !hasEnded) yield { kind: 'run', run }
    told = now
    for (;;) {
      const lines = await readAfter(ctx, { serviceId: run.serviceId, runId: id }, position)
      const last = lines.at(-1)
      if (!last) break
      position = parseCursor(last.cursor)
      yield { kind: 'log', lines }
    }
    if (hasEnded) yield { kind: 'run', run }
    if (hasEnded || !follow) return
  }
}
