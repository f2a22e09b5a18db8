import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { type ErrorCode, PlatformError } from '../../lib/errors.ts'
import type { Api } from '../api.ts'
import type { Context } from '../context.ts'
import { networkFault, unreachable } from '../failure.ts'
import { usageError } from '../parse.ts'
import { readStdin } from '../prompt.ts'
import { parseObject } from '../state-file.ts'
import { safeJson, safeText } from '../text.ts'
import { socketAddress } from '../transport.ts'
import type { GivenField } from './arguments.ts'

export type HttpCall = {
  namespace: string
  service: string
  path: string
  query: readonly GivenField[]
  /** Sent as the body by POST. */
  json: string | undefined
  headers: readonly [name: string, value: string][]
  timeoutMs: number | undefined
}

/** Calls an HTTP service at the environment's address and prints what it answers. */
export async function callHttp(ctx: Context, api: Api, call: HttpCall): Promise<void> {
  const response = await send(ctx, api, call)
  const status = response.statusCode ?? 0
  if (status >= 400) throw refused(call.service, status, await readAll(response))
  const isJson = /^application\/([\w.+-]+\+)?json\b/.test(response.headers['content-type'] ?? '')
  if (ctx.out.terminal && isJson) return printJson(ctx, await readAll(response))
  for await (const chunk of response) ctx.out.write(ctx.out.terminal ? safeText(String(chunk)) : chunk)
}

async function send(
  ctx: Context,
  api: Api,
  { namespace, service, path, query, json, headers, timeoutMs }: HttpCall,
): Promise<IncomingMessage> {
  const body = json === '-' ? await readStdin() : json
  const environment = await ctx.environment()
  const token = await api.session.accessToken()
  const options = {
    ...socketAddress(environment),
    method: body === undefined ? 'GET' : 'POST',
    path: target(service, path, query),
    headers: {
      Host: environment.address,
      Accept: '*/*',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
      ...Object.fromEntries(headers),
      'Micro-Namespace': namespace,
    },
    ...(timeoutMs === undefined ? {} : { signal: AbortSignal.timeout(timeoutMs) }),
  }
  return await new Promise((resolve, reject) => {
    const request = (environment.tls ? requestTls : requestPlain)(options, resolve)
    request.once('error', (error) => reject(explain(error, api.origin, service, timeoutMs)))
    request.end(body)
  })
}

function target(service: string, path: string, query: readonly GivenField[]): string {
  const url = new URL(`http://localhost/${service}/${path.replace(/^\/+/, '')}`)
  if (!url.pathname.startsWith(`/${service}/`)) throw usageError(`"${path}" leads out of ${service}.`)
  for (const { path: key, value } of query) url.searchParams.append(key, value ?? 'true')
  return url.pathname + url.search
}

function explain(error: Error, origin: string, service: string, timeoutMs: number | undefined): Error {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return new PlatformError('deadline_exceeded', `${service} did not answer within ${timeoutMs} ms.`, { cause: error })
  }
  return unreachable(origin, networkFault(error) ?? error.message, error)
}

const codes: Record<number, ErrorCode> = { 401: 'unauthenticated', 403: 'permission_denied', 404: 'not_found', 504: 'deadline_exceeded' }

/** The platform answers errors as {id, code, detail, status}; a service answers what it likes. */
function refused(service: string, status: number, body: string): PlatformError {
  const detail = parseObject(body)?.detail
  const text = typeof detail === 'string' ? detail : body.trim().slice(0, 500)
  return new PlatformError(codes[status] ?? 'unknown', `${service} answered ${status}${text ? `: ${text}` : '.'}`, {
    reason: 'CALL_FAILED',
  })
}

function printJson({ out }: Context, body: string): void {
  try {
    out.line(safeJson(JSON.parse(body), 2))
  } catch {
    out.line(safeText(body)) // it only said that it was JSON
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
