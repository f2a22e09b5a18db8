import { type DescMessage, type DescMethod, type JsonValue, type MessageShape, toJson } from '@bufbuild/protobuf'
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt'
import { corsHeaders } from './cors.ts'
import { breakOff } from './deadline.ts'
import { type Descriptors, isServerStreaming, isUnary } from './descriptors.ts'
import { type Exchange, subjectId } from './exchange.ts'
import { readInput } from './input.ts'
import type { Limits } from './limits.ts'
import { errorBody, Refusal, refusalOf } from './refusal.ts'
import { sendJson } from './reply.ts'
import { metadataHeaders, type RpcCall } from './rpc-call.ts'
import { writeParts } from './streaming.ts'

export type Transcoding = { descriptors: Descriptors; method: DescMethod; call: RpcCall; timeoutMs: number | undefined; limits: Limits }

/** Answers HTTP/JSON by calling the service by gRPC, exactly as https://protobuf.dev/programming-guides/json maps one to the other. */
export async function transcode(exchange: Exchange, transcoding: Transcoding): Promise<void> {
  const { method, call, limits, descriptors } = transcoding
  if (!isUnary(method) && !isServerStreaming(method)) {
    throw new Refusal(501, `${method.name} takes a stream of requests: call it by gRPC, or by Connect over HTTP/2.`)
  }
  allow(exchange, method)
  const input = await readInput(exchange, method.input, { registry: descriptors.registry(), limits })
  const how = { signal: exchange.signal, timeoutMs: transcoding.timeoutMs }

  if (isUnary(method)) {
    const answer = await call.unary(method, { ...how, timeoutMs: how.timeoutMs ?? limits.unaryMs }, input)
    const headers = { ...metadataHeaders(answer.header), ...corsHeaders(exchange) }
    return sendJson(exchange, 200, json(transcoding, method.output, answer.message), headers)
  }
  const answer = await call.stream(method, how, one(input))
  const messages = mapped(answer.message, (message) => json(transcoding, method.output, message))
  await sendStream(exchange, messages, { headers: { ...metadataHeaders(answer.header), ...corsHeaders(exchange) }, limits })
}

/** A GET may be repeated, prefetched or made by a link: it may not change anything unless somebody wrote parameters into it. */
function allow({ method, query }: Exchange, rpc: DescMethod): void {
  const reads = rpc.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS
  if (method === 'POST' || (method === 'GET' && (reads || query.length > 1))) return
  const headers = { allow: reads ? 'GET, POST' : 'POST' }
  if (method === 'GET') throw new Refusal(405, `Call ${rpc.name} by POST, or by GET with query parameters.`, { headers })
  throw new Refusal(405, `Call ${rpc.name} by POST.`, { headers })
}

const json = <Desc extends DescMessage>({ descriptors }: Transcoding, desc: Desc, message: MessageShape<Desc>): JsonValue =>
  toJson(desc, message, { registry: descriptors.registry(), alwaysEmitImplicit: true })

type Streaming = { headers: Record<string, string>; limits: Limits }

/** A line of JSON a message, or server-sent events; an error after the first one is the last, since the status has gone out. */
async function sendStream(exchange: Exchange, messages: AsyncIterable<JsonValue>, { headers, limits }: Streaming): Promise<void> {
  const { reply, request } = exchange
  const events = (request.headers.accept ?? '').includes('text/event-stream')
  const iterator = messages[Symbol.asyncIterator]()
  // Nothing is written before there is something, so that a call that fails at once has its proper status.
  const first = await iterator.next()
  reply.writeHead(200, {
    ...headers,
    'content-type': events ? 'text/event-stream' : 'application/x-ndjson',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
  const line = (message: JsonValue) => (events ? `data: ${JSON.stringify(message)}\n\n` : `${JSON.stringify(message)}\n`)
  async function* parts() {
    for (let next = first; next.done !== true; next = await iterator.next()) yield line(next.value)
  }
  try {
    await writeParts(exchange, parts(), limits)
  } catch (error) {
    if (exchange.signal.aborted) return breakOff(exchange)
    const body = errorBody(subjectId(exchange.subject), refusalOf(error))
    reply.write(events ? `event: error\ndata: ${JSON.stringify(body)}\n\n` : line({ error: body }))
  } finally {
    // Cancels the call when the client left before its end.
    await iterator.return?.()
  }
  reply.end()
}

async function* one<Item>(item: Item): AsyncGenerator<Item> {
  yield item
}

async function* mapped<From, To>(items: AsyncIterable<From>, map: (item: From) => To): AsyncGenerator<To> {
  for await (const item of items) yield map(item)
}
