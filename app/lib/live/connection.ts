import type { GraphqlError, GraphqlResult } from '../errors.ts'
import type { Payload } from './messages.ts'
import { readEvents } from './sse.ts'

/** graphql-sse's "single connection mode": one stream carries the results of every operation. */
export type Connection = {
  /** @returns what to tell the subscriber when the server refuses; throws when the stream is gone */
  start(id: string, document: string, variables: Record<string, unknown>): Promise<Result | undefined>
  stop(id: string): void
  /** Ends when the stream does; throws when it breaks. */
  results: AsyncGenerator<Result>
  close(): void
}
export type Result = { type: 'next'; id: string; payload: Payload } | { type: 'complete'; id: string }

/** The server refused to open a stream because nobody is logged in. */
export class Unauthenticated extends Error {}

/** The server pings every 12 s; silence longer than this means that the connection is dead. */
const silenceLimitMs = 40_000
/** Answers that are about the operation; any other means that the stream is gone. */
const refusals = [400, 401, 403]
const tokenHeader = 'x-graphql-event-stream-token'

/** @param endpoint address of the graphql-sse handler */
export async function connect(endpoint: string): Promise<Connection> {
  const abort = new AbortController()
  const { signal } = abort
  const reserved = await fetch(endpoint, { method: 'PUT', headers: { 'apollo-require-preflight': '1' }, signal })
  if (reserved.status === 401 || reserved.status === 403) throw new Unauthenticated()
  if (!reserved.ok) throw new Error(`The live stream was refused (${reserved.status}).`)
  const headers = { [tokenHeader]: await reserved.text(), 'apollo-require-preflight': '1' }
  const stream = await fetch(endpoint, { headers: { ...headers, accept: 'text/event-stream' }, signal })
  if (!stream.ok || !stream.body) throw new Error(`The live stream was refused (${stream.status}).`)

  return {
    results: results(stream.body, abort),
    close: () => abort.abort(),
    async start(id, query, variables) {
      const body = JSON.stringify({ query, variables, extensions: { operationId: id } })
      const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body, signal })
      if (response.ok) return undefined
      if (!refusals.includes(response.status)) throw new Error(`The stream is gone (${response.status}).`)
      return { type: 'next', id, payload: { errors: await errorsIn(response) } }
    },
    stop(id) {
      const url = `${endpoint}?operationId=${encodeURIComponent(id)}`
      // An operation that can't be stopped ends with its stream.
      fetch(url, { method: 'DELETE', headers, signal }).catch(() => {})
    },
  }
}

async function* results(body: ReadableStream<Uint8Array>, abort: AbortController): AsyncGenerator<Result> {
  let watchdog: ReturnType<typeof setTimeout> | undefined
  const alive = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(() => abort.abort(), silenceLimitMs)
  }
  alive()
  try {
    for await (const { event, data } of readEvents(body, alive)) {
      const { id, payload } = JSON.parse(data) as { id: string; payload: Payload }
      if (event === 'next') yield { type: 'next', id, payload }
      if (event === 'complete') yield { type: 'complete', id }
    }
  } finally {
    clearTimeout(watchdog)
    abort.abort()
  }
}

async function errorsIn(response: Response): Promise<readonly GraphqlError[]> {
  const code = response.status === 401 ? 'UNAUTHENTICATED' : response.status === 403 ? 'PERMISSION_DENIED' : 'INVALID_ARGUMENT'
  const { errors = [] } = (await response.json().catch(() => ({}))) as GraphqlResult<unknown>
  return errors.length > 0 ? errors : [{ message: 'The subscription was refused.', extensions: { code } }]
}
