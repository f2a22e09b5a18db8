/** What a word or a flag's value is the name of, so that a shell can offer those that there are. */
export type Named = 'service' | 'endpoint' | 'release' | 'namespace' | 'environment' | 'host'

/** A word after the command's name. `rest` takes all that remain. */
export type Argument = {
  readonly description: string
  readonly optional?: true
  readonly rest?: true
  readonly choices?: readonly string[]
  readonly names?: Named
}

/** `duration` is written `90s`, `5m`, `1h30m`, `2d` and read as milliseconds. */
export type Flag = {
  readonly type: 'string' | 'boolean' | 'integer' | 'duration'
  readonly description: string
  /** What stands for the value in help: `--name NAME`. */
  readonly value?: string
  readonly short?: string
  readonly multiple?: true
  readonly choices?: readonly string[]
  readonly names?: Named
}

export type Arguments = Readonly<Record<string, Argument>>
export type Flags = Readonly<Record<string, Flag>>

type Word<A extends Argument> = A extends { choices: readonly (infer C)[] } ? C : string
type ArgumentValue<A extends Argument> = A extends { rest: true } ? Word<A>[] : A extends { optional: true } ? Word<A> | undefined : Word<A>
type ScalarValue<F extends Flag> = F extends { choices: readonly (infer C)[] } ? C : F['type'] extends 'string' ? string : number
type FlagValue<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F extends { multiple: true }
    ? ScalarValue<F>[]
    : ScalarValue<F> | undefined

/** What a handler is given: its arguments and flags by name, typed by their declarations. */
export type Values<A extends Arguments, F extends Flags> = { [K in keyof A]: ArgumentValue<A[K]> } & { [K in keyof F]: FlagValue<F[K]> }
