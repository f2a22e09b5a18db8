import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGraphqlHandler } from '../graphql/server.ts'
import type { TestPlatform } from './platform.ts'

export const sessionSecret = 'the secret of session cookies, for tests'

export type GraphqlAnswer = {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions?: Record<string, unknown> }[]
}
type Variables = Record<string, unknown>
type Headers = Record<string, string>

export type TestGraphql = {
  origin: string
  /** Any request to /graphql or /graphql/stream. */
  request(path: string, init?: RequestInit): Promise<Response>
  /** A query or mutation. */
  ask(query: string, variables?: Variables, headers?: Headers): Promise<GraphqlAnswer>
  /** Results of a subscription over a connection of its own. Leaving the loop closes it. */
  watch(query: string, variables?: Variables, headers?: Headers): AsyncGenerator<GraphqlAnswer>
  close(): Promise<void>
}

export const bearer = (token: string | undefined): Headers => (token === undefined ? {} : { authorization: `Bearer ${token}` })

/** The GraphQL endpoints on a port of their own. */
export async function startGraphql({ ctx: { db, clock, platform, signal } }: TestPlatform): Promise<TestGraphql> {
  const handler = await createGraphqlHandler({ db, clock, platform, sessionSecret, signal })
  const server = createServer(async (request, response) => {
    if (await handler.handle(request, response)) return
    response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const request = (path: string, init: RequestInit = {}) => fetch(`${origin}${path}`, init)
  const post = (path: string, body: unknown, headers: Headers, init: RequestInit = {}) =>
    request(path, { ...init, method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })

  return {
    origin,
    request,
    async ask(query, variables = {}, headers = {}) {
      return (await (await post('/graphql', { query, variables }, headers)).json()) as GraphqlAnswer
    },
    async *watch(query, variables = {}, headers = {}) {
      const left = new AbortController()
      try {
        const response = await post(
          '/graphql/stream',
          { query, variables },
          { ...headers, accept: 'text/event-stream' },
          { signal: left.signal },
        )
        if (!response.headers.get('content-type')?.includes('text/event-stream')) yield (await response.json()) as GraphqlAnswer
        else for await (const { event, data } of events(response)) if (event === 'next') yield JSON.parse(data) as GraphqlAnswer
      } finally {
        left.abort()
      }
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await handler.stop()
    },
  }
}

/** Server-sent events of a response. */
export async function* events(response: Response): AsyncGenerator<{ event: string; data: string }> {
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + chunk).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
      yield { event: fields.get('event') ?? '', data: fields.get('data') ?? '' }
    }
  }
}
