import type { DescMethodStreaming, DescMethodUnary, Message } from '@bufbuild/protobuf'
import { Code, ConnectError, createContextValues } from '@connectrpc/connect'
import { bearer, type GraphqlAnswer, type TestGraphql } from '../graphql.ts'
import type { TestGrpc } from '../grpc.ts'
import { documentOf, requestsOf, type Target } from './arguments.ts'
import type { GraphqlOperation, Operation, RpcOperation } from './operations.ts'

/** OK or the error's code, and all that was answered. */
export type Answer = { code: string; text: string }

export type Edges = { grpc: TestGrpc; graphql: TestGraphql }

/** Makes the call over the wire; of a stream, its first answer. */
export function call(edges: Edges, operation: Operation, to: Target, token?: string): Promise<Answer> {
  return operation.edge === 'graphql' ? callGraphql(edges.graphql, operation, to, token) : callGrpc(edges.grpc, operation, to, token)
}

async function callGraphql(graphql: TestGraphql, operation: GraphqlOperation, to: Target, token: string | undefined): Promise<Answer> {
  const { query, variables } = documentOf(operation, to)
  if (operation.root !== 'Subscription') return answerOf(await graphql.ask(query, variables, bearer(token)))
  for await (const result of graphql.watch(query, variables, bearer(token))) return answerOf(result)
  return { code: 'ENDED WITHOUT AN ANSWER', text: '' }
}

function answerOf({ data, errors }: GraphqlAnswer): Answer {
  const [error] = errors ?? []
  return { code: error ? String(error.extensions?.code) : 'OK', text: JSON.stringify(error ?? data) }
}

async function callGrpc({ transport }: TestGrpc, operation: RpcOperation, to: Target, token: string | undefined): Promise<Answer> {
  const { method } = operation
  const [requests, left] = [requestsOf(operation, to), new AbortController()]
  const headers = new Headers(bearer(token))
  try {
    const [request] = requests
    if (!request) throw new Error(`${operation.name} was given nothing.`)
    const answers =
      method.methodKind === 'unary'
        ? [(await transport.unary(method as DescMethodUnary, left.signal, 10_000, headers, request, createContextValues())).message]
        : (await transport.stream(method as DescMethodStreaming, left.signal, 10_000, headers, each(requests), createContextValues()))
            .message
    for await (const message of answers) return { code: 'OK', text: text(message) }
    return { code: 'ENDED WITHOUT AN ANSWER', text: '' }
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error)
    return { code: (Code[code] ?? '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase(), text: rawMessage }
  } finally {
    left.abort()
  }
}

async function* each(messages: readonly Message[]): AsyncGenerator<Message> {
  yield* messages
}

const text = (message: Message): string =>
  JSON.stringify(message, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
