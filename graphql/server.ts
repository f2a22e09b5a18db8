import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApolloServer, HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import { getOperationAST, GraphQLError, specifiedRules, validate, parse } from 'graphql'
import { createHandler } from 'graphql-sse/lib/use/http'
import type { ControlContext } from '../control/context.ts'
import { PlatformError } from '../lib/errors.ts'
import { type GraphqlOptions, openContext, requireOrigin } from './context.ts'
import { toGraphQLError } from './errors.ts'
import { limits, validationRules } from './limits.ts'
import { schema } from './schema.ts'

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
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: { debug: () => {}, info: () => {}, warn: (text) => log.warn(text), error: (text) => log.error(text) },
  })
  await apollo.start()
  const streams = createHandler<ControlContext>({
    onSubscribe: async (request, { query, variables, operationName }) => {
      const document = parse(query, { maxTokens: limits.tokens })
      const errors = validate(schema, document, [...specifiedRules, ...validationRules])
      if (errors.length > 0) return { errors }
      if (getOperationAST(document, operationName)?.operation !== 'subscription')
        return { errors: [new GraphQLError('Only subscriptions are answered here; queries and mutations at /graphql.')] }
      // In single connection mode this request ends at once and the stream goes on: the subscription ends by itself.
      const contextValue = await openContext(options, request.raw, options.signal)
      return { schema, document, operationName: operationName ?? null, variableValues: variables ?? null, contextValue }
    },
  })

  async function contextOf(request: IncomingMessage): Promise<ControlContext> {
    const closed = new AbortController()
    request.socket.once('close', () => closed.abort())
    return openContext(options, request, closed.signal)
  }

  async function operation(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const headers = new HeaderMap()
    for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers.set(name, String(value))
    const httpGraphQLRequest: HTTPGraphQLRequest = { method: request.method ?? 'GET', headers, search: url.search, body: await readBody(request) }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest,
      context: async () => {
        try {
          const ctx = await contextOf(request)
          if (isChange(httpGraphQLRequest.body)) requireOrigin(request, ctx)
          return ctx
        } catch (error) {
          throw toGraphQLError(error, request.headers['micro-request-id']?.toString() ?? '', log)
        }
      },
    })
    response.writeHead(answer.status ?? 200, { ...Object.fromEntries(answer.headers), 'cache-control': 'no-store' })
    if (answer.body.kind === 'complete') response.write(answer.body.string)
    else for await (const part of answer.body.asyncIterator) response.write(part)
    response.end()
  }

  return {
    async handle(request, response) {
      const url = new URL(request.url ?? '/', 'http://platform')
      if (url.pathname !== '/graphql' && url.pathname !== '/graphql/stream') return false
      try {
        if (url.pathname === '/graphql') await operation(request, response, url)
        else await streams(request, response)
      } catch (error) {
        refuse(response, toGraphQLError(error, request.headers['micro-request-id']?.toString() ?? '', log))
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

async function readBody(request: IncomingMessage): Promise<unknown> {
  if (request.method !== 'POST') return undefined
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.bodyBytes) throw new PlatformError('resource_exhausted', 'A GraphQL request has at most 1 MiB.', { reason: 'BODY_TOO_LARGE' })
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new PlatformError('invalid_argument', 'The body of a GraphQL request is JSON.', { reason: 'BODY_MALFORMED' })
  }
}

function refuse(response: ServerResponse, error: GraphQLError): void {
  if (response.headersSent) return void response.end()
  const status = error.extensions['reason'] === 'BODY_TOO_LARGE' ? 413 : 400
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ errors: [error.toJSON()] }))
}
