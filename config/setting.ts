import type { z } from 'zod'
import { PlatformError } from '../lib/errors.ts'

/** One setting of the server: an environment variable, how it is read, and what the documentation says about it. */
export type Setting<T> = {
  name: string
  /** As people read it: `port number`, `auto, process or docker`. */
  type: string
  /** As people read it; absent: nothing is assumed. */
  default?: string
  description: string
  /** Never printed, never handed to a process that does not read it. */
  secret?: boolean
  /** Set by the supervisor for its children; nobody else has a reason to. */
  internal?: boolean
  schema: z.ZodType<T, string | undefined>
}

export type Settings = Readonly<Record<string, Setting<unknown>>>
export type Values<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never }
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads every setting of a process and reports all problems at once. An empty variable counts as absent.
 * @throws PlatformError `invalid_argument`, one line for each problem, without any secret's value
 */
export function readSettings<S extends Settings>(
  settings: S,
  environment: Environment,
  check?: (values: Values<S>) => string[],
): Values<S> {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [key, setting] of Object.entries(settings)) {
    const text = environment[setting.name]?.trim() || undefined
    const result = setting.schema.safeParse(text)
    if (result.success) values[key] = result.data
    else problems.push(problemWith(setting, text, result.error))
  }
  if (problems.length === 0) {
    // Every key of S was assigned the parsed value of its own setting just above.
    const complete = values as Values<S>
    problems.push(...(check?.(complete) ?? []))
    if (problems.length === 0) return complete
  }
  throw settingsError(problems)
}

/** The same setting where a process cannot do without it: the supervisor has resolved it by then. */
export function required<T>(setting: Setting<T>): Setting<NonNullable<T>> {
  return {
    ...setting,
    schema: setting.schema.refine((value) => value !== undefined, 'this process needs it') as z.ZodType<NonNullable<T>, string | undefined>,
  }
}

function settingsError(problems: readonly string[]): PlatformError {
  const title =
    problems.length === 1 ? 'Micro cannot start with this setting:' : `Micro cannot start with these ${problems.length} settings:`
  return new PlatformError('invalid_argument', [title, ...problems.map((problem) => `  ${problem}`)].join('\n'), {
    reason: 'SETTINGS_INVALID',
    hint: 'Every setting is described in docs/configuration.md.',
  })
}

function problemWith(setting: Setting<unknown>, text: string | undefined, error: z.ZodError): string {
  const why = error.issues.map((issue) => issue.message).join('; ')
  if (text === undefined) return `${setting.name} is not set: ${why}`
  return setting.secret ? `${setting.name}: ${why}` : `${setting.name}=${JSON.stringify(text)}: ${why}`
}
