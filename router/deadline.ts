import type { IncomingHttpHeaders } from 'node:http'
import { single } from './admission.ts'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'

/** The end of a call, by `Micro-Timeout` or `grpc-timeout`. */
export interface Deadline {
  readonly timeoutMs: number
  /** Call what it returns to listen no more. */
  onPassed(listener: (refusal: Refusal) => void): () => void
  /** Aborts when the time has passed. */
  readonly signal: AbortSignal
}

export function startDeadline(timeoutMs: number, exchange: Pick<Exchange, 'signal'>): Deadline {
  const controller = new AbortController()
  const refusal = new Refusal(504, `The service did not answer within ${timeoutMs} ms.`)
  const timer = setTimeout(() => controller.abort(refusal), timeoutMs)
  exchange.signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  return {
    timeoutMs,
    signal: controller.signal,
    onPassed(listener) {
      const heard = () => listener(refusal)
      controller.signal.addEventListener('abort', heard, { once: true })
      return () => controller.signal.removeEventListener('abort', heard)
    },
  }
}

const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const grpcUnits: Record<string, number> = { n: 1e-6, u: 1e-3, m: 1, S: 1_000, M: 60_000, H: 3_600_000 }
const longestMs = 2 ** 31 - 1

/** The shortest of the timeouts that the client named, if any. */
export function namedTimeout(headers: IncomingHttpHeaders): number | undefined {
  const named = [
    parse(headers, 'micro-timeout', /^([0-9]{1,8}(?:\.[0-9]{1,6})?)(ms|s|m|h)?$/, (unit) => units[unit ?? 's'], 'a time like 30s or 500ms'),
    parse(headers, 'grpc-timeout', /^([0-9]{1,8})([HMSmun])$/, (unit) => grpcUnits[unit ?? ''], 'a time like 30S or 500m'),
    parse(headers, 'connect-timeout-ms', /^([0-9]{1,10})$/, () => 1, 'a number of milliseconds'),
  ].filter((timeoutMs) => timeoutMs !== undefined)
  return named.length === 0 ? undefined : Math.min(...named, longestMs)
}

function parse(
  headers: IncomingHttpHeaders,
  name: string,
  pattern: RegExp,
  unitMs: (unit: string | undefined) => number | undefined,
  expected: string,
): number | undefined {
  const value = single(headers, name)
  if (value === undefined) return undefined
  const [matched, amount, unit] = pattern.exec(value) ?? []
  const factor = unitMs(unit)
  if (matched === undefined || factor === undefined) throw new Refusal(400, `${name} is not ${expected}.`)
  return Math.ceil(Number(amount) * factor)
}

/** Ends an answer that cannot be completed, so that the client does not take it for a whole one. */
export function breakOff({ reply, request }: Pick<Exchange, 'reply' | 'request'>): void {
  // Over HTTP/1 an error would only be reported as one of the client's.
  reply.destroy(request.httpVersionMajor >= 2 ? new Error('The answer was broken off.') : undefined)
}
