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

/** A subscription made of a verb. It ends at once when the client leaves: a generator alone would first wait for its next value. */
export function subscription<Args, Input, Output>(verb: Verb<Input, AsyncIterable<Output>>, toInput: (args: Args) => Input) {
  const subscribe = (_: unknown, args: Args, ctx: ControlContext): AsyncIterableIterator<{ value: Output }> => {
    const left = new AbortController()
    const values = translated({ ...ctx, signal: AbortSignal.any([ctx.signal, left.signal]) }, args)
    const iterator: AsyncIterableIterator<{ value: Output }> = {
      next: () => values.next(),
      return: async () => {
        left.abort()
        return values.return(undefined)
      },
      [Symbol.asyncIterator]: () => iterator,
    }
    return iterator
  }
  return { subscribe: Object.assign(subscribe, { verbName: verb.verbName, access: verb.access }), resolve: ({ value }: { value: Output }) => value }

  async function* translated(ctx: ControlContext, args: Args): AsyncGenerator<{ value: Output }, undefined> {
    try {
      for await (const value of verb({ ctx, input: toInput(args) })) yield { value }
    } catch (error) {
      throw toGraphQLError(error, ctx.requestId, ctx.platform.log)
    }
    return undefined
  }
}

/** A field of a type that is read by a verb: its errors are translated as those of root fields are. */
export function resolved<Parent, Args, Result>(read: (parent: Parent, args: Args, ctx: ControlContext) => Promise<Result>) {
  return async (parent: Parent, args: Args, ctx: ControlContext): Promise<Result> => {
    try {
      return await read(parent, args, ctx)
    } catch (error) {
      throw toGraphQLError(error, ctx.requestId, ctx.platform.log)
    }
  }
}
