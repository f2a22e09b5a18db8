import type { Context } from './context.ts'
import { usageError } from './parse.ts'
import { readStdinLines } from './prompt.ts'

export const passwordFlags = {
  password: { type: 'string', description: 'the password; other programs on the machine can see it there' },
  passwordStdin: { type: 'boolean', description: 'read the password from standard input' },
} as const

/** The password given by flag or standard input; undefined when it is to be asked for. */
export async function givenPassword(flags: { password: string | undefined; passwordStdin: boolean }): Promise<string | undefined> {
  if (!flags.passwordStdin) return flags.password
  if (flags.password !== undefined) throw usageError('--password and --password-stdin exclude each other.')
  const [first = ''] = await readStdinLines()
  if (first === '') throw usageError('--password-stdin was given, but standard input is empty.')
  return first
}

/** A sentence for everyone who has MICRO_TOKEN set: logging in changes nothing then. */
export function noteFixedToken(ctx: Context): void {
  if (ctx.settings.token !== undefined) ctx.out.note('MICRO_TOKEN is set: commands go on using that token.')
}
