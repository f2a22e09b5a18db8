import { PlatformError } from '../lib/errors.ts'

/** What is wrong with how a program was started is told in a sentence; what is wrong with us, with all we know. @returns the exit code */
export function explain(program: string, error: unknown): number {
  if (isUsageError(error)) return complain(program, error.message, `micro ${program} --help says what there is.`)
  if (!(error instanceof PlatformError)) throw error
  const code = complain(program, error.message, error.details.hint)
  return error.code === 'internal' ? 1 : code
}

function complain(program: string, message: string, hint: string | undefined): number {
  process.stderr.write(`\nmicro ${program}: ${message}\n${hint ? `${hint}\n` : ''}`)
  return 2
}

function isUsageError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
}
