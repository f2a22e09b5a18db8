import type { ControlContext } from '../control/context.ts'
import type { Access, Verb } from '../control/verb.ts'
import { toGraphQLError } from './errors.ts'

/** A root field names the verb behind it, and so has its policy: the policy test reads both. */
export type Policy = { readonly verbName: string; readonly access: Access }

type Resolver<Args, Result> = ((parent: unknown, args: Args, ctx: ControlContext) => Promise<Result>) & Policy

/** A query or mutation made of a verb: arguments → input, output → the parent of the type's own resolvers. */
export function field<Args, Input, Output, Result = Output>(
  verb: Verb<Input, Promise<Output>>,
  toInput: (args: Args) => Input,
  toResult?: (output: Output, ctx: ControlContext) => Result | Promise<Result>,
): Resolver<Args, Result | Output> {
  const resolve = async (_: unknown, args: Args, ctx: ControlContext) => {
    try {
      const output = await verb({ ctx, input: toInput(args) })
      return toResult ? await toResult(output, ctx) : output
    } catch (error) {
      throw toGraphQLError(error, ctx.requestId, ctx.platform.log)
    }
  }
  return Object.assign(resolve, { verbName: verb.verbName, access: verb.access })
}

type Told<Output> = { value: Output } | { error: unknown }

/**
 * A subscription made of a verb. It ends at once when the client leaves: a generator alone would first wait for its next value.
 * An error is its last result, since one that is thrown would end the connection, and with it every other subscription there.
 */
export function subscription<Args, Input, Output>(verb: Verb<Input, AsyncIterable<Output>>, toInput: (args: Args) => Input) {
  const subscribe = (_: unknown, args: Args, ctx: ControlContext): AsyncIterableIterator<Told<Output>> => {
    const left = new AbortController()
    const values = translated({ ...ctx, signal: AbortSignal.any([ctx.signal, left.signal]) }, args)
    const iterator: AsyncIterableIterator<Told<Output>> = {
      next: () => values.next(),
      return: async () => {
        left.abort()
        return values.return(undefined)
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }
  return { subscribe: Object.assign(subscribe, { verbName: verb.verbName, access: verb.access }), resolve: outputOf }

  async function* translated(ctx: ControlContext, args: Args): AsyncGenerator<Told<Output>, undefined> {
    try {
      for await (const value of verb({ ctx, input: toInput(args) })) yield { value }
    } catch (error) {
      if (!ctx.signal.aborted) yield { error: toGraphQLError(error, ctx.requestId, ctx.platform.log) }
    }
    return undefined
  }
}

function outputOf<Output>(told: Told<Output>): Output {
  if ('error' in told) throw told.error
  return told.value
}

type TypeResolver = (parent: never, args: never, ctx: ControlContext) => unknown
type TypeResolvers = Record<string, Record<string, TypeResolver>>

/** Resolvers of types, whose errors are translated as those of root fields are. */
export function translated(types: TypeResolvers): TypeResolvers {
  return mapValues(types, (fields) =>
    mapValues(fields, (resolve) => (parent, args, ctx) => {
      const translate = (error: unknown) => toGraphQLError(error, ctx.requestId, ctx.platform.log)
      try {
        const result = resolve(parent, args, ctx)
        if (!(result instanceof Promise)) return result
        return result.catch((error: unknown) => {
          throw translate(error)
        })
      } catch (error) {
        throw translate(error)
      }
    }),
  )
}

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))

/** In the form in which the schema runs the very function that carries the policy, and not a copy. */
export const asFields = (resolvers: Record<string, Policy>): Record<string, { resolve: Policy }> =>
  mapValues(resolvers, (resolve) => ({ resolve }))
