import { parseArgs } from 'node:util'
import { type Base, bases, isBase, localName, publicImages } from '../builder/bases/base.ts'
import { createBases } from '../builder/bases/bases.ts'
import { choiceFile, parseChoice, readChoice, recordChoice } from '../builder/bases/choice.ts'
import { defaultEngine } from '../builder/image/engine.ts'
import { operatorVariables } from '../config/operator.ts'
import { readMachineSettings } from '../config/server.ts'
import { PlatformError } from '../lib/errors.ts'
import { explain } from './explain.ts'
import { createProgress } from './progress.ts'

const options = { list: { type: 'boolean' }, public: { type: 'boolean' }, verbose: { type: 'boolean' } } as const

/** What most sources need; the others are made when a build first wants them. */
const first: readonly Base[] = ['node', 'python']

/** Makes base images on this machine, of which builds use those from now on. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const { dataDirectory, baseImages } = readMachineSettings()
    const file = choiceFile(dataDirectory)
    const out = process.stdout
    if (values.public) await recordChoice(file, { local: false })
    else if (!values.list) await make(positionals.length > 0 ? positionals.map(kind) : first, baseImages, values.verbose === true)
    if (!values.public && !values.list) await recordChoice(file, { local: true })
    const { local, named } = await readChoice(file, baseImages)
    for (const base of bases) out.write(`  ${base.padEnd(8)}${named[base] ?? (local ? localName(base) : publicImages[base])}\n`)
    return 0
  } catch (error) {
    return explain('base-images', error)
  }
}

async function make(wanted: readonly Base[], setting: readonly string[], verbose: boolean): Promise<void> {
  const { path } = await operatorVariables()
  const images = createBases(defaultEngine, { path, choice: async () => ({ ...parseChoice(setting), local: true }) })
  const progress = createProgress(process.stdout)
  const { signal } = new AbortController()
  const onLog = (line: string) => (verbose ? progress.line(`    ${line}`) : undefined)
  try {
    for (const base of wanted) await progress.stage(localName(base), () => images.ensure(base, { signal, onLog }))
  } finally {
    progress.end()
  }
}

function kind(name: string): Base {
  if (isBase(name)) return name
  throw new PlatformError('invalid_argument', `There is no base image for ${name}.`, { hint: `Kinds are ${bases.join(', ')}.` })
}
