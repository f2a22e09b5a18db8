import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { reservedServices } from '../lib/names.ts'
import { commandIndex } from '../scripts/index-commands.ts'
import { commands } from './commands/index.ts'
import { loadCommand } from './dispatch.ts'
import { commandHelp, groupHelp, overview } from './help.ts'
import { createOutput } from './output.ts'

const names = Object.keys(commands)
const out = createOutput({ stdout: process.stdout, stderr: process.stderr, json: false, colour: false })

describe('the commands', () => {
  it('are those of the folder: run scripts/index-commands.ts after adding one', async () => {
    expect(await readFile(join(import.meta.dirname, 'commands/index.ts'), 'utf8')).toBe(await commandIndex())
  })

  it('are names that no service can have, so that none hides a service', () => {
    expect(names.map((name) => name.split(' ')[0] ?? '').filter((word) => !reservedServices.has(word))).toEqual([])
  })

  it('are all shown by micro --help', () => {
    const text = overview(out)
    for (const name of names) expect(text).toMatch(new RegExp(`^  ${name.split(' ')[0]}\\b`, 'm'))
  })

  it.each(names)('%s has a summary, examples that it takes, and help that names its arguments and flags', async (name) => {
    const command = await loadCommand(name)
    if (command === undefined) throw new Error(`${name} is not in the index.`)
    expect(command.summary).toMatch(/^[A-Z].*[^.]$/)
    expect(command.examples?.join('\n')).toContain('micro ')
    const help = commandHelp(name, command, out)
    for (const flag of Object.keys(command.flags ?? {}))
      expect(help).toContain(`--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
    for (const argument of Object.keys(command.arguments ?? {})) expect(help).toContain(argument.toUpperCase())
  })

  it('have help that fits a terminal of 80 columns', async () => {
    const terminal = { ...out, terminal: true, columns: () => 80 }
    const helps = [overview(terminal), groupHelp('namespace', terminal)]
    for (const name of names) {
      const command = await loadCommand(name)
      if (command !== undefined) helps.push(commandHelp(name, { ...command, examples: [] }, terminal))
    }
    const tooWide = helps.flatMap((help) => help.split('\n')).filter((line) => line.length > 80)
    expect(tooWide).toEqual([])
  })

  it('of a noun without a command of its own are listed by its help', () => {
    expect(groupHelp('namespace', out)).toContain('micro namespace create')
  })
})
