import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ExecutionResult, GraphQLError, getOperationAST, parse, specifiedRules, validate } from 'graphql'
import { createHandler, type Request, type Response } from 'graphql-sse'
import { userOf } from '../control/auth/session.ts'
import type { ControlContext } from '../control/context.ts'
import { readBody } from './body.ts'
import { type GraphqlOptions, openContext } from './context.ts'
import { limits, validationRules } from './limits.ts'
import { schema } from './schema.ts'

const tokenHeader = 'x-graphql-event-stream-token'
/** A stream that was reserved and then not opened is let go of. */
const reservedMs = 60_000

/** Subscriptions by graphql-sse, for users only: a connection for each, or one that a browser reserves and shares among all of its pages. */
export function createStreams(options: GraphqlOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const tokens = createStreamTokens()
  const contexts = new WeakMap<IncomingMessage, Promise<ControlContext>>()
  const handle = createHandler<IncomingMessage, undefined, ControlContext>({
    authenticate: async ({ raw, url, headers }) => {
      const { sessionId } = userOf(await contextOf(raw))
      const given = headers.get(tokenHeader) || new URL(url, 'http://platform').searchParams.get('token')
      if (!given) return tokens.issue(sessionId)
      return tokens.belongs(given, sessionId) ? given : notFound()
    },
    onSubscribe: async ({ raw }, { query, variables, operationName }) => {
      const document = parse(query, { maxTokens: limits.tokens })
      const errors = validate(schema, document, [...specifiedRules, ...validationRules])
      if (errors.length > 0) return refused(errors)
      if (getOperationAST(document, operationName)?.operation !== 'subscription')
        return refused([new GraphQLError('Only subscriptions are answered here; queries and mutations at /graphql.')])
      return {
        schema,
        document,
        operationName: operationName ?? null,
        variableValues: variables ?? null,
        contextValue: await contextOf(raw),
      }
    },
  })

  /** In single connection mode a request ends at once and the stream goes on: a subscription ends by itself, not with its request. */
  function contextOf(request: IncomingMessage): Promise<ControlContext> {
    const known = contexts.get(request) ?? openContext(options, request, options.signal)
    contexts.set(request, known)
    return known
  }

  return async (request, response) => {
    userOf(await contextOf(request))
    const asked = asRequest(request, request.method === 'POST' ? await readBody(request) : null)
    const [body, init] = await handle(asked)
    if (request.method === 'PUT' && init.status === 201 && typeof body === 'string') letGoLater(asked, body)
    await send(response, [body, init])
  }

  /** The library knows no other way to forget a stream than to open it and close it. */
  function letGoLater(reserving: Request<IncomingMessage, undefined>, token: string): void {
    const headers = { get: (name: string) => ({ accept: 'text/event-stream', [tokenHeader]: token })[name] }
    const letGo = async () => {
      const [stream] = await handle({ ...reserving, method: 'GET', headers })
      if (stream && typeof stream !== 'string') await stream.return(undefined)
    }
    const { log } = options.platform
    setTimeout(
      () => void letGo().catch((error: unknown) => log.debug({ error: String(error) }, 'a reserved stream was not let go of')),
      reservedMs,
    ).unref()
  }
}

/** The library knows a result by its data. */
const refused = (errors: readonly GraphQLError[]): ExecutionResult => ({ data: null, errors })

const notFound = (): Response => [
  JSON.stringify({ errors: [{ message: 'Stream not found' }] }),
  { status: 404, statusText: 'Not Found', headers: { 'content-type': 'application/json' } },
]

/** Names of streams that only the session which reserved one can use. */
function createStreamTokens() {
  const key = randomBytes(32)
  const sign = (id: string, sessionId: string) => createHmac('sha256', key).update(`${id} ${sessionId}`).digest()
  return {
    issue(sessionId: string): string {
      const id = randomUUID()
      return `${id}.${sign(id, sessionId).toString('base64url')}`
    },
    belongs(token: string, sessionId: string): boolean {
      const [id = '', signature = ''] = token.split('.')
      const [given, right] = [Buffer.from(signature, 'base64url'), sign(id, sessionId)]
      return given.length === right.length && timingSafeEqual(given, right)
    },
  }
}

function asRequest(request: IncomingMessage, body: unknown): Request<IncomingMessage, undefined> {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    headers: { get: (name) => request.headers[name.toLowerCase()]?.toString() },
    // The library checks what it is.
    body: body as Record<string, unknown> | null,
    raw: request,
    context: undefined,
  }
}

async function send(response: ServerResponse, [body, { status, statusText, headers }]: Response): Promise<void> {
  response.writeHead(status, statusText, headers)
  if (!body || typeof body === 'string') return void response.end(body)
  response.once('close', () => void body.return(undefined))
  for await (const part of body) {
    if (!response.writable) break
    if (!response.write(part)) await drained(response)
  }
  response.end()
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
