import { Agent } from 'node:http'
import { type Address, type Answer, get } from './http.ts'

export type LoadResult = {
  sent: number
  failed: number
  /** What went wrong and how often: a status, a body that nobody wrote, or the error of a connection. */
  failures: Record<string, number>
  latenciesMs: number[]
}

export type Load = { stop(): Promise<LoadResult> }

/**
 * So many requests each second on kept connections, whether or not earlier ones have been answered, as independent clients send them.
 * Nothing is tried twice.
 * @param accepts tells a body that the service may give
 */
export function startLoad(address: Address, perSecond: number, accepts: (body: string) => boolean): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const result: LoadResult = { sent: 0, failed: 0, failures: {}, latenciesMs: [] }
  const open = new Set<Promise<void>>()
  const began = performance.now()
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
    while (result.sent < due) send()
  }, 2)

  return {
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
      return result
    },
  }

  function send(): void {
    result.sent++
    const since = performance.now()
    const request = get({ ...address, agent }).then(
      (answer) => note(problemOf(answer, accepts), since),
      (error: NodeJS.ErrnoException) => note(error.code ?? error.message, since),
    )
    open.add(request)
    request.finally(() => open.delete(request))
  }

  function note(problem: string | undefined, since: number): void {
    result.latenciesMs.push(performance.now() - since)
    if (problem === undefined) return
    result.failed++
    result.failures[problem] = (result.failures[problem] ?? 0) + 1
  }
}

function problemOf({ status, body }: Answer, accepts: (body: string) => boolean): string | undefined {
  if (status !== 200) return `${status}: ${body.slice(0, 120)}`
  return accepts(body) ? undefined : `unexpected body: ${body.slice(0, 80)}`
}
