import { PlatformError } from '../lib/errors.ts'
import type { Settings } from './builder.ts'
import { planGo } from './go/plan.ts'
import { planJava } from './java/plan.ts'
import { planNode } from './node/plan.ts'
import { basesOf, type Command, type Plan, type PlanOptions, type Step } from './plan.ts'
import { planProcfile, processCommand } from './procfile/plan.ts'
import { planPython } from './python/plan.ts'
import { planRust } from './rust/plan.ts'
import { planStatic } from './static/plan.ts'
import type { SourceTree } from './tree.ts'

const lookedFor = [
  'package.json or a server.js, index.js, … (Node.js)',
  'go.mod (Go)',
  'Cargo.toml (Rust)',
  'pom.xml or build.gradle (Java)',
  'requirements.txt, pyproject.toml, main.py, app.py or manage.py (Python)',
  'index.html (static site)',
  'Procfile',
]

export type DetectOptions = Pick<PlanOptions, 'images' | 'has'> & { settings: Partial<Settings> }

/** A plan that says how to start. */
export type Detection = Plan & {
  startCommand: Command
  notes: readonly string[]
  /** What else the source could have been taken for. */
  others: readonly string[]
}

/**
 * Recognises what a source is, by its files alone. A Procfile's `web:` wins over the kind's own start command, as on Heroku; settings win over both.
 * @throws PlatformError `failed_precondition`: nothing was recognised, or nothing says how it starts
 */
export function detect(tree: SourceTree, { settings, images, has }: DetectOptions): Detection {
  if (tree.files.size === 0)
    throw new PlatformError('failed_precondition', 'The source is empty: there is nothing to build.', { reason: 'SOURCE_EMPTY' })
  const { installCommand, buildCommand } = settings
  const given = { ...(installCommand === undefined ? {} : { installCommand }), ...(buildCommand === undefined ? {} : { buildCommand }) }
  const options: PlanOptions = { ...given, images, has }
  const startCommand = settings.startCommand ?? processCommand(tree, 'web')

  const kinds = [
    withCommands(planGo(tree), given),
    withCommands(planRust(tree), given),
    withCommands(planJava(tree), given),
    planNode(tree, options),
    planPython(tree, options),
    withCommands(planStatic(tree), given),
    withCommands(planProcfile(tree), given),
  ].filter((plan) => plan !== undefined)
  const plan = kinds.find((kind) => kind.startCommand !== undefined && kind.detected !== 'Procfile') ?? kinds[0]

  const notes = tree.files.has('Dockerfile') && !images ? [dockerfileNote] : []
  if (plan === undefined) return custom(tree, startCommand, given, notes)
  const start = startCommand ?? plan.startCommand
  if (start === undefined) throw noStart(plan)
  return { ...plan, startCommand: start, notes, others: kinds.filter((kind) => kind !== plan).map(({ detected }) => detected) }
}

const dockerfileNote = 'There is a Dockerfile, but containers need a Docker runtime, which this server does not have.'

type Given = Pick<PlanOptions, 'installCommand' | 'buildCommand'>

/** Commands given by hand take the place of the kind's own steps. */
function withCommands(plan: Plan | undefined, { installCommand, buildCommand }: Given): Plan | undefined {
  if (plan === undefined) return plan
  const own = buildCommand === undefined ? plan.steps : []
  return { ...plan, steps: [...stepsOf(installCommand), ...own, ...stepsOf(buildCommand)] }
}

const stepsOf = (command: string | undefined): Step[] => (command === undefined ? [] : [{ title: command, commands: [command] }])

function custom(tree: SourceTree, startCommand: Command | undefined, { installCommand, buildCommand }: Given, notes: string[]): Detection {
  if (startCommand === undefined) throw unrecognised(tree, notes)
  const steps = [...stepsOf(installCommand), ...stepsOf(buildCommand)]
  const bases = basesOf(startCommand)
  return { detected: 'Start command (given)', steps, startCommand, programs: [], env: {}, bases, notes, others: [] }
}

function noStart(plan: Plan): PlatformError {
  return new PlatformError('failed_precondition', `Recognised ${plan.detected}, but not how it starts. ${plan.missingStart ?? ''}`.trim(), {
    reason: 'NO_START_COMMAND',
    hint: 'Say how in micro.yaml (start: …) or in a Procfile (web: …).',
  })
}

function unrecognised(tree: SourceTree, notes: string[]): PlatformError {
  const top = [...new Set([...tree.files.keys()].map((path) => (path.includes('/') ? `${path.split('/')[0]}/` : path)))]
  const found = top.length > 20 ? `${top.slice(0, 20).join(', ')} and ${top.length - 20} more` : top.join(', ')
  const text = ['Nothing in this source was recognised.', `Looked for: ${lookedFor.join('; ')}.`, `Found: ${found}.`, ...notes].join(' ')
  return new PlatformError('failed_precondition', text, {
    reason: 'SOURCE_NOT_RECOGNISED',
    hint: 'Is this the right directory? Otherwise say how it starts in micro.yaml (start: …).',
  })
}
