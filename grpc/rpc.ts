import type { DescMessage, Message, MessageInitShape } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import type { ControlContext } from '../control/context.ts'
import type { Access, Verb } from '../control/verb.ts'
import type { Log } from '../lib/log.ts'
import { toConnectError } from './errors.ts'

/** Makes the context of a call from its headers. */
export type OpenContext = (call: HandlerContext) => Promise<ControlContext>

/** An RPC names the verb behind it, and so has its policy: the policy test reads both. */
export type Rpc<Run> = Run & { readonly verbName: string; readonly access: Access }

export type Rpcs = ReturnType<typeof rpcs>

/** How RPCs are made of verbs: request → input, output → response, errors translated once. */
export function rpcs(open: OpenContext, log: Log) {
  return {
    unary<Request extends Message, Input, Output, Response extends DescMessage>(
      verb: Verb<Input, Promise<Output>>,
      toInput: (request: Request) => Input,
      toResponse: (output: Output, ctx: ControlContext) => MessageInitShape<Response> | Promise<MessageInitShape<Response>>,
    ): Rpc<(request: Request, call: HandlerContext) => Promise<MessageInitShape<Response>>> {
      return named(verb, (request: Request, call: HandlerContext) =>
        translated(call, async (ctx) => toResponse(await verb({ ctx, input: toInput(request) }), ctx)),
      )
    },

    serverStream<Request extends Message, Input, Output, Response extends DescMessage>(
      verb: Verb<Input, AsyncIterable<Output>>,
      toInput: (request: Request) => Input,
      toResponses: (outputs: AsyncIterable<Output>, ctx: ControlContext, request: Request) => AsyncIterable<MessageInitShape<Response>>,
    ): Rpc<(request: Request, call: HandlerContext) => AsyncIterable<MessageInitShape<Response>>> {
      return named(verb, async function* (request: Request, call: HandlerContext) {
        const ctx = await translated(call, async (opened) => opened)
        try {
          yield* toResponses(verb({ ctx, input: toInput(request) }), ctx, request)
        } catch (error) {
          throw toConnectError(error, ctx.requestId, log)
        }
      })
    },

    clientStream<Request extends Message, Input, Output, Response extends DescMessage>(
      verb: Verb<Input, Promise<Output>>,
      toInput: (requests: AsyncIterable<Request>) => Promise<Input>,
      toResponse: (output: Output) => MessageInitShape<Response>,
    ): Rpc<(requests: AsyncIterable<Request>, call: HandlerContext) => Promise<MessageInitShape<Response>>> {
      return named(verb, (requests: AsyncIterable<Request>, call: HandlerContext) =>
        translated(call, async (ctx) => toResponse(await verb({ ctx, input: await toInput(requests) }))),
      )
    },
  }

  async function translated<Output>(call: HandlerContext, run: (ctx: ControlContext) => Output | Promise<Output>): Promise<Output> {
    try {
      return await run(await open(call))
    } catch (error) {
      throw toConnectError(error, requestIdOf(call), log)
    }
  }
}

/** Given by the router, which sends it to the client too. */
export const requestIdOf = (call: HandlerContext): string => call.requestHeader.get('micro-request-id') ?? 'none'

const named = <Run>(verb: { verbName: string; access: Access }, run: Run): Rpc<Run> =>
  Object.assign(run as Run & object, { verbName: verb.verbName, access: verb.access })
