import { join } from 'node:path'
import type { Paths } from '../../config/paths.ts'
import { openLogFile } from './log-file.ts'

const warning = 40

export type ChildOutput = { onLine(name: string): (line: string) => void; close(): void }

/** Every line of a child goes to its log file; warnings and errors to the terminal as well, in a form for people. */
export function childOutput(paths: Paths, print: (line: string) => void): ChildOutput {
  const files = new Map<string, ReturnType<typeof openLogFile>>()
  return {
    onLine(name) {
      const file = files.get(name) ?? openLogFile(join(paths.logs, `${name}.log`))
      files.set(name, file)
      return (line) => {
        file.write(line)
        const text = forPeople(line)
        if (text !== undefined) print(`${new Date().toTimeString().slice(0, 8)} ${name}: ${text}`)
      }
    },
    close() {
      for (const file of files.values()) file.close()
      files.clear()
    },
  }
}

/** The message of a JSON log line that people should see; undefined: not worth their attention. */
export function forPeople(line: string): string | undefined {
  if (!line.startsWith('{')) return /PANIC:/.test(line) ? line : undefined
  try {
    const { level, msg, err, error } = JSON.parse(line)
    if (!(level >= warning)) return undefined
    const cause = err?.message ?? (typeof error === 'string' ? error : error?.message)
    // A message that is a sentence, and then its cause.
    return printable([msg, cause].filter(Boolean).join(': ').replaceAll('.: ', ': '))
  } catch {
    return undefined // not JSON after all
  }
}

/** A tenant's text must not steer the operator's terminal. */
const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
