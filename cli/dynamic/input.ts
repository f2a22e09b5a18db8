import { createInterface } from 'node:readline'
import type { DescMessage, DescMethod, MessageShape } from '@bufbuild/protobuf'
import { readStdin } from '../prompt.ts'
import type { GivenField } from './arguments.ts'
import { buildRequest } from './request.ts'
import type { RemoteService } from './service.ts'

type Given = { fields: readonly GivenField[]; json: string | undefined }

/**
 * The requests of a call, from flags and JSON; `-` reads standard input. A method that takes a stream is sent every line of it as it
 * comes, other methods all of it as one request. The first is built at once, so that a fault in it shows before anything is called.
 */
export async function requestsOf(
  { registry }: RemoteService,
  method: DescMethod,
  { fields, json }: Given,
): Promise<AsyncIterable<MessageShape<DescMessage>>> {
  const build = (text: string | undefined) => buildRequest(method.input, registry, fields, text)
  const streams = method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming'
  if (json === '-' && streams) return lines(build)
  return single(build(json === '-' ? await readStdin() : json))
}

async function* single(message: MessageShape<DescMessage>) {
  yield message
}

async function* lines(build: (text: string) => MessageShape<DescMessage>) {
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') yield build(line)
}
