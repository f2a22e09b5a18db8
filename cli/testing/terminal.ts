import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { findProgram } from '../../testing/programs.ts'
import { until } from './cli.ts'

export const keys = {
  enter: '\r',
  tab: '\t',
  escape: '\u001b',
  interrupt: '\u0003',
  endOfInput: '\u0004',
  up: '\u001b[A',
  left: '\u001b[D',
}

export type Terminal = AsyncDisposable & {
  /** Types, as fingers do: what is typed while a program reads raw keys goes to that program. */
  type(...typed: string[]): void
  /** Waits until this was shown since the last time that something was waited for, and gives what was shown up to then. */
  shows(text: string | RegExp): Promise<string>
  /** All that was shown, without colours and movements. */
  all(): string
}

/** A program on a terminal of its own, 100 columns wide. `script`, which every Debian has, makes the terminal and starts what SHELL names. */
export async function openTerminal(name: string, { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv }): Promise<Terminal> {
  const shell = findProgram(name)
  if (shell === undefined) throw new Error(`${name} is not installed.`)
  const child = spawn('script', ['--quiet', '--flush', '/dev/null'], { cwd, env: { TERM: 'xterm', ...env, SHELL: shell }, stdio: 'pipe' })
  const exited = new Promise((resolve) => child.once('close', resolve))
  let shown = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
  })
  const all = () => stripVTControlCharacters(shown).replaceAll('\r', '')
  const type = (...typed: string[]) => void child.stdin.write(typed.join(''))
  type('stty rows 40 columns 100', keys.enter)
  return {
    type,
    all,
    async shows(text) {
      const end = () => {
        const rest = all().slice(seen)
        if (typeof text === 'string') return rest.includes(text) ? rest.indexOf(text) + text.length : -1
        const match = text.exec(rest)
        return match === null ? -1 : match.index + match[0].length
      }
      await until(() => end() >= 0).catch(() => {
        throw new Error(`Never shown: ${text}\nAfter what was seen before, there was:\n${all().slice(seen)}`)
      })
      const length = end()
      const part = all().slice(seen, seen + length)
      seen += length
      return part
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL') // closes the terminal, which hangs up on what runs there
      await exited
    },
  }
}

/** Puts the command `micro` beside its program. Gives the PATH that has it. */
export async function putOnPath(program: string): Promise<string> {
  const path = join(dirname(program), 'micro')
  await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  return [dirname(program), process.env.PATH].join(delimiter)
}
