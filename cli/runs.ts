import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { timestampMs } from '@bufbuild/protobuf/wkt'
import { type Output, type Run, RunKindSchema, RunSchema, RunState, RunStateSchema } from '../gen/proto/micro/run/v1/run_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Context } from './context.ts'
import { Exit } from './failure.ts'
import { enumLabel, plain } from './plain.ts'
import { age, versionLabel } from './status.ts'
import { safeLine } from './text.ts'
import { formatElapsed } from './units.ts'
import { codeOf, isPassing } from './wire-error.ts'

/** Half a minute, as with deployments. */
const reconnects = 60
const reconnectMs = 500

const underWay: ReadonlySet<RunState> = new Set([RunState.QUEUED, RunState.RUNNING])

type Following = { id: string; follow: boolean; signal?: AbortSignal; print(lines: Output['lines']): void }

/** Gives its output to `print`, over interruptions of the network. @returns the run as it was told last */
export async function watchRun(ctx: Context, api: Api, { id, follow, signal, print }: Following): Promise<Run | undefined> {
  const namespace = await ctx.namespace()
  let after = ''
  let last: Run | undefined
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const { event } of api.run.watchRun({ namespace, runId: id, after, follow }, signal ? { signal } : {})) {
        attempt = 0
        if (event.case === 'run') last = event.value
        if (event.case !== 'output') continue
        print(event.value.lines)
        after = event.value.cursor
      }
      if (!follow || (last && !underWay.has(last.state))) return last
    } catch (error) {
      if (signal?.aborted) return last
      if (!isPassing(error) || attempt >= (codeOf(error) === 'unauthenticated' ? 1 : reconnects)) throw error
    }
    if (attempt >= reconnects)
      throw new PlatformError('unavailable', 'The server stopped telling how the job goes.', {
        hint: `It goes on there. See \`micro job logs ${id}\`.`,
      })
    await sleep(reconnectMs, undefined, signal ? { signal } : {}).catch(() => undefined) // ended by Ctrl-C: seen on the next line
    if (signal?.aborted) return last
  }
}

/** Shows what a run prints and ends as it ends. Ctrl-C cancels it, and one more leaves it alone. */
export async function attend(ctx: Context, api: Api, { id }: Run): Promise<void> {
  const { out } = ctx
  const interrupted = ctx.interrupted()
  const cancel = async () => {
    out.note(`Canceling. Ctrl-C again leaves; the job is stopped all the same.`)
    await api.run.cancelRun({ namespace: await ctx.namespace(), runId: id })
  }
  const onInterrupt = () => void cancel().catch((error: unknown) => codeOf(error) === 'failed_precondition' || out.note(String(error))) // it has ended by itself
  if (interrupted.aborted) onInterrupt()
  interrupted.addEventListener('abort', onInterrupt, { once: true })
  const print = (lines: Output['lines']) => {
    for (const line of lines) out.json ? out.jsonLine({ text: line.text }) : out.line(safeLine(line.text))
  }
  const run = await watchRun(ctx, api, { id, follow: true, print })
  if (run === undefined) return
  if (out.json) out.jsonLine(plain(RunSchema, run))
  else if (run.reason !== '') out.note(run.reason)
  const code = exitCodeOf(run)
  if (code !== 0) throw new Exit(code)
}

/** That of the command, as a shell would say it. */
export function exitCodeOf({ state, exitCode, signal }: Run): number {
  if (state === RunState.SUCCEEDED) return 0
  if (state === RunState.TIMED_OUT) return 124
  if (state === RunState.CANCELED) return 130
  const number = Object.entries(constants.signals).find(([name]) => name === signal)?.[1]
  return exitCode || (number === undefined ? 1 : 128 + number)
}

export const runJson = (run: Run) => plain(RunSchema, run)

export function runTable({ out }: Context, runs: readonly Run[]): void {
  out.table(
    ['ID', 'STATE', 'KIND', 'COMMAND', 'VERSION', 'BEGUN', 'TOOK', 'EXIT', 'BY'],
    runs.flatMap((run) => [row(run), ...(run.reason === '' || run.exitCode ? [] : [[run.reason]])]),
  )
}

const row = (run: Run): string[] => [
  run.id,
  run.stopping ? 'stopping' : enumLabel(RunStateSchema, run.state).replace('_', ' '),
  run.entry === '' ? enumLabel(RunKindSchema, run.kind) : `cron ${run.entry}`,
  run.command,
  versionLabel(run.version),
  age(run.createTime),
  run.startTime && run.endTime ? formatElapsed(timestampMs(run.endTime) - timestampMs(run.startTime)) : '-',
  run.signal || String(run.exitCode ?? '-'),
  run.creator || '-',
]
