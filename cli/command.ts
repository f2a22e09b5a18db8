import type { Context } from './context.ts'
import { parseCommandLine } from './parse.ts'

/** A word after the command's name. `rest` takes all that remain. */
export type Argument = { readonly description: string; readonly optional?: true; readonly rest?: true }

/** `duration` is written `90s`, `5m`, `1h30m`, `2d` and read as milliseconds. */
export type Flag = {
  readonly type: 'string' | 'boolean' | 'integer' | 'duration'
  readonly description: string
  /** What stands for the value in help: `--name NAME`. */
  readonly value?: string
  readonly short?: string
  readonly multiple?: true
  readonly choices?: readonly string[]
}

export type Arguments = Readonly<Record<string, Argument>>
export type Flags = Readonly<Record<string, Flag>>

type ArgumentValue<A extends Argument> = A extends { rest: true } ? string[] : A extends { optional: true } ? string | undefined : string
type ScalarValue<F extends Flag> = F extends { choices: readonly (infer C)[] } ? C : F['type'] extends 'string' ? string : number
type FlagValue<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F extends { multiple: true }
    ? ScalarValue<F>[]
    : ScalarValue<F> | undefined

/** What a handler is given: its arguments and flags by name, typed by their declarations. */
export type Values<A extends Arguments, F extends Flags> = { [K in keyof A]: ArgumentValue<A[K]> } & { [K in keyof F]: FlagValue<F[K]> }

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
