import { setTimeout as sleep } from 'node:timers/promises'
import { timestampDate, timestampFromDate } from '@bufbuild/protobuf/wkt'
import { type LogLine, LogLineSchema } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import type { Api } from './api.ts'
import type { Context } from './context.ts'
import { plain } from './plain.ts'
import { safeLine } from './text.ts'
import { codeOf, isPassing } from './wire-error.ts'

export type LogQuery = { namespace: string; service: string; tail: number; follow: boolean; since?: Date; instance: string; build: boolean }

const firstRetryMs = 250
const lastRetryMs = 5_000

/** Prints lines as they come. A stream that breaks while following goes on after the last line that was printed. */
export async function showLogs(ctx: Context, api: Api, { since, ...query }: LogQuery): Promise<void> {
  const signal = ctx.interrupted()
  let cursor = ''
  let retryMs = firstRetryMs
  let refusals = 0
  for (;;) {
    const request = { ...query, after: cursor, ...(since === undefined ? {} : { since: timestampFromDate(since) }) }
    try {
      for await (const response of api.runtime.streamLogs(request, { signal })) {
        for (const line of response.lines) print(ctx, line)
        cursor = response.cursor || cursor
        retryMs = firstRetryMs
        refusals = 0
      }
      if (!query.follow) return
    } catch (error) {
      if (signal.aborted) return
      const refused = codeOf(error) === 'unauthenticated'
      if (refused ? refusals++ > 0 : !query.follow || cursor === '' || !isPassing(error)) throw error
      if (refused) continue // with the token that was renewed meanwhile
      if (retryMs === firstRetryMs) ctx.out.note('The connection was lost; trying again.')
    }
    await sleep(retryMs, undefined, { signal }).catch(() => undefined) // ended by Ctrl-C: seen on the next line
    if (signal.aborted) return
    retryMs = Math.min(retryMs * 2, lastRetryMs)
  }
}

function print({ out }: Context, line: LogLine): void {
  if (out.json) {
    out.jsonLine(plain(LogLineSchema, line))
    return
  }
  const time = line.time === undefined ? '' : `${timestampDate(line.time).toISOString()} `
  const instance = line.instance === '' ? '' : `${line.instance} `
  out.line(`${out.paint('dim', `${time}${safeLine(instance)}`)}${safeLine(line.text)}`)
}
