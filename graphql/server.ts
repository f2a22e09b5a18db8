import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { ControlContext } from '../control/context.ts'
import { httpStatus, toPlatformError } from '../lib/errors.ts'
import { readBody } from './body.ts'
import { type GraphqlOptions, openContext, requireOrigin } from './context.ts'
import { toGraphQLError } from './errors.ts'
import { limits, validationRules } from './limits.ts'
import { schema } from './schema.ts'
import { createStreams } from './streams.ts'

export type GraphqlHandler = {
  /** Answers /graphql (queries and mutations) and /graphql/stream (subscriptions); false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<boolean>
  stop(): Promise<void>
}

export async function createGraphqlHandler(options: GraphqlOptions): Promise<GraphqlHandler> {
  const { log } = options.platform
  const apollo = new ApolloServer<ControlContext>({
    schema,
    validationRules,
    parseOptions: { maxTokens: limits.tokens },
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // A document that is named by its hash could be a mutation that nobody sees.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: { debug: () => {}, info: () => {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
  })
  await apollo.start()
  const streams = createStreams(options)

  async function operation(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const headers = new HeaderMap()
    for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value))
    const body = request.method === 'POST' ? await readBody(request) : undefined
    const httpGraphQLRequest: HTTPGraphQLRequest = { method: request.method ?? 'GET', headers, search: url.search, body }
    const closed = new AbortController()
    response.once('close', () => closed.abort())
    const context = async () => {
      try {
        const ctx = await openContext(options, request, closed.signal)
        if (isChange(body)) requireOrigin(request, ctx)
        return ctx
      } catch (error) {
        throw refusal(error, request)
      }
    }
    const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context })
    response.writeHead(answer.status ?? 200, { ...Object.fromEntries(answer.headers), 'cache-control': 'no-store' })
    if (answer.body.kind === 'complete') response.write(answer.body.string)
    else for await (const part of answer.body.asyncIterator) response.write(part)
    response.end()
  }

  /** An error of the whole request, with the HTTP status that it has. */
  function refusal(error: unknown, request: IncomingMessage): GraphQLError {
    const refused = toGraphQLError(error, request.headers['micro-request-id']?.toString() ?? '', log)
    return new GraphQLError(refused.message, { extensions: { ...refused.extensions, http: { status: statusOf(error) } } })
  }

  function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (response.headersSent) return void response.end()
    const { message, extensions } = refusal(error, request)
    const { http: _, ...shown } = extensions
    response.writeHead(statusOf(error), { 'content-type': 'application/json', connection: 'close' })
    response.end(JSON.stringify({ errors: [{ message, extensions: shown }] }))
  }

  return {
    async handle(request, response) {
      // Not every path is one of a URL: `//` is none.
      const url = URL.parse(request.url ?? '/', 'http://platform')
      if (url?.pathname !== '/graphql' && url?.pathname !== '/graphql/stream') return false
      try {
        if (url.pathname === '/graphql') await operation(request, response, url)
        else await streams(request, response)
      } catch (error) {
        refuse(request, response, error)
      }
      return true
    },
    stop: () => apollo.stop(),
  }
}

/** Whether any operation of the document changes something; what cannot be parsed is refused by the server itself. */
function isChange(body: unknown): boolean {
  const query = typeof body === 'object' && body !== null && 'query' in body ? body.query : undefined
  return typeof query === 'string' && /\bmutation\b/.test(query)
}

/** Documents that cannot be parsed come as GraphQL's own errors. */
function statusOf(error: unknown): number {
  if (error instanceof GraphQLError) return 400
  const { code, details } = toPlatformError(error)
  return details.reason === 'BODY_TOO_LARGE' ? 413 : httpStatus(code)
}
