import { type Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

export type Answer = { status: number; body: string }
export type Address = { port: number; host?: string; path?: string; agent?: Agent | false /** JSON: then it is a POST. */; json?: string }

/** One request to this machine, a GET unless it carries something. Node does not resolve `*.localhost`, so the host that is meant goes into its header. */
export function get({ port, host = `127.0.0.1:${port}`, path = '/', agent = false, json }: Address): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = json === undefined ? 'GET' : 'POST'
    const headers = { host, ...(json === undefined ? {} : { 'content-type': 'application/json' }) }
    const call = request({ host: '127.0.0.1', port, path, agent, method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(json)
  })
}

const pollMs = 3

/** The moment (of performance.now) at which the answer first was this one. */
export async function answered(address: Address, body: string, timeoutMs = 60_000): Promise<number> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline; await pause(pollMs)) {
    const answer = await get(address).catch(() => undefined) // nobody listens yet
    if (answer?.status === 200 && answer.body === body) return performance.now()
  }
  throw new Error(`${address.host ?? address.port} did not answer ${JSON.stringify(body)} within ${timeoutMs} ms.`)
}
