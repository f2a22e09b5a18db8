import { PlatformError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { usageError } from './parse.ts'

type Question = {
  /** The flag that answers it where nobody can be asked. */
  flag: string
  message: string
  placeholder?: string
  /** Taken for an empty answer. */
  initial?: string
  optional?: true
  /** What is wrong with an answer, said while it can still be mended. The server has the last word. */
  fault?: (answer: string) => string | undefined
}

const shortestPassword = 8

/** Asks for a line of text, unless a flag gave it. */
export async function askText(ctx: Context, given: string | undefined, question: Question): Promise<string> {
  if (given !== undefined) return given
  if (!ctx.canAsk) {
    if (question.optional) return ''
    throw missing(question.flag)
  }
  const { text, isCancel } = await import('@clack/prompts')
  const answer = await text({
    message: question.message,
    placeholder: question.placeholder ?? question.initial ?? '',
    ...(question.initial === undefined ? {} : { defaultValue: question.initial }),
    validate: (value) => {
      const typed = value?.trim() ?? ''
      if (typed !== '') return question.fault?.(typed)
      return question.optional || question.initial !== undefined ? undefined : 'Please type something.'
    },
  })
  if (isCancel(answer)) throw canceled()
  return answer?.trim() ?? ''
}

/** Asks for a secret without showing it. */
export async function askSecret(ctx: Context, given: string | undefined, { flag, message, fault }: Question): Promise<string> {
  if (given !== undefined) return given
  if (!ctx.canAsk) throw missing(flag)
  const { password, isCancel } = await import('@clack/prompts')
  const answer = await password({ message, validate: (value) => (value ? fault?.(value) : 'Please type something.') })
  if (isCancel(answer)) throw canceled()
  return answer
}

/** Asks for a password that nobody has yet, twice: what is mistyped unseen would lock its owner out. */
export async function askNewPassword(ctx: Context, given: string | undefined, { flag, message }: Question): Promise<string> {
  const tooShort = (typed: string) =>
    typed.length < shortestPassword ? `A password has at least ${shortestPassword} characters.` : undefined
  const question = { flag, message: `${message} (at least ${shortestPassword} characters)`, fault: tooShort }
  const chosen = await askSecret(ctx, given, question)
  const differs = (typed: string) => (typed === chosen ? undefined : 'That is not the same. Ctrl-C to begin again.')
  if (given === undefined) await askSecret(ctx, given, { flag, message: 'The same again', fault: differs })
  return chosen
}

/** Asks before something that can't be undone; where nobody can be asked, only `--yes` will do. */
export async function askConsent(ctx: Context, yes: boolean, message: string): Promise<void> {
  if (yes) return
  if (!ctx.canAsk) throw usageError(`${message} Nobody is here to ask.`, 'Add --yes to go ahead.')
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message, initialValue: false })
  if (isCancel(answer)) throw canceled()
  if (!answer) throw new PlatformError('aborted', 'Nothing was done.')
}

export async function readStdin(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}

/** For `--password-stdin`. */
export const readStdinLines = async (): Promise<string[]> => (await readStdin()).split(/\r?\n/)

const missing = (flag: string) => usageError(`${flag} is missing.`, 'Give it on the command line; at a terminal you would be asked.')
const canceled = () => new PlatformError('canceled', 'Canceled.')
