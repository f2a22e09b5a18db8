import { parseArgs } from 'node:util'
import type { Base } from '../builder/bases/base.ts'
import { localName, publicImages } from '../builder/bases/base.ts'
import { choiceFile, parseChoice, readChoice } from '../builder/bases/choice.ts'
import type { Detection } from '../builder/detect.ts'
import { planOf } from '../builder/image/builder.ts'
import { dockerfileOf } from '../builder/image/custom.ts'
import { isFast } from '../builder/image/dependencies.ts'
import { dependencyDockerfile, fullDockerfile } from '../builder/image/dockerfile.ts'
import { givenSettings } from '../builder/study.ts'
import { readTree } from '../builder/tree.ts'
import { readMachineSettings } from '../config/server.ts'
import { explain } from './explain.ts'

/** Shows how a directory would become an image on this machine; nothing is run or made. @returns the exit code */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { positionals } = parseArgs({ args: [...argv], options: {}, allowPositionals: true })
    const tree = await readTree(positionals[0] ?? '.')
    const given = givenSettings(tree, {})
    const dockerfile = dockerfileOf(tree, given)
    process.stdout.write(
      dockerfile === undefined ? await described(planOf(tree, given), given.env ?? {}) : `Built by ${dockerfile}, and by nothing else.\n`,
    )
    return 0
  } catch (error) {
    return explain('build', error)
  }
}

async function described(plan: Detection, env: Readonly<Record<string, string>>): Promise<string> {
  const { dataDirectory, baseImages } = readMachineSettings()
  parseChoice(baseImages)
  const { local, named } = await readChoice(choiceFile(dataDirectory), baseImages)
  const nameOf = (base: Base) => named[base] ?? (local ? localName(base) : publicImages[base])
  const names = { build: nameOf(plan.bases.build), run: nameOf(plan.bases.run) }
  const surroundings = { namespace: 'NAMESPACE', env, secrets: {} }
  const fast = isFast(plan)
  const rows = [
    ['Detected', plan.detected],
    ...(plan.others.length > 0 ? [['Not used', plan.others.join(', ')]] : []),
    ...plan.steps.map(({ title, cache }, index) => [
      index === 0 ? 'Steps' : '',
      `${title}${cache ? ` (kept by ${cache.inputs.join(', ') || 'what it installs'})` : ''}`,
    ]),
    ['Starts by', typeof plan.startCommand === 'string' ? plan.startCommand : plan.startCommand.join(' ')],
    ['Becomes', fast ? 'a directory, mounted at /app over an image of its dependencies' : 'one image'],
    ['Built on', names.build],
    ['Runs on', names.run],
  ]
  const table = rows.map(([name = '', value]) => `${name.padEnd(10)} ${value}`).join('\n')
  if (fast && plan.steps.length === 0) return `${table}\n`
  const { text } = fast ? dependencyDockerfile(plan, names.run, surroundings) : fullDockerfile(plan, names, surroundings)
  return `${table}\n\n${text}`
}
