import type { Context } from './context.ts'
import type { Arguments, Flags, Values } from './declaration.ts'
import { parseCommandLine } from './parse.ts'

export type Description = {
  readonly summary: string
  /** Paragraphs shown by `--help` under the summary. */
  readonly details?: string
  readonly arguments?: Arguments
  readonly flags?: Flags
  /** Command lines, without comments. */
  readonly examples?: readonly string[]
}

export type Command = Description & { execute(ctx: Context, argv: readonly string[]): Promise<void> }

type Declaration<A extends Arguments, F extends Flags> = Description & {
  readonly arguments?: A
  readonly flags?: F
  run(ctx: Context, args: Values<A, F>): Promise<void>
}

/** Declares a command: data, and a handler whose arguments are typed by the data. */
export function command<const A extends Arguments = Record<never, never>, const F extends Flags = Record<never, never>>(
  declaration: Declaration<A, F>,
): Command {
  const { run, ...description } = declaration
  return {
    ...description,
    execute: (ctx, argv) => run(ctx, parseCommandLine(declaration.arguments, declaration.flags, argv)),
  }
}
