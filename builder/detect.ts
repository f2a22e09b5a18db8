import { PlatformError } from '../lib/errors.ts'
import type { Settings } from './builder.ts'
import { planGo } from './go/plan.ts'
import { planNode } from './node/plan.ts'
import type { Command, Plan } from './plan.ts'
import { planProcfile, webCommand } from './procfile/plan.ts'
import { planPython } from './python/plan.ts'
import { planStatic } from './static/plan.ts'
import type { SourceTree } from './tree.ts'

const lookedFor = [
  'package.json or a server.js, index.js, … (Node.js)',
  'go.mod (Go)',
  'requirements.txt, pyproject.toml, main.py, app.py or manage.py (Python)',
  'index.html (static site)',
  'Procfile',
]

export type DetectOptions = {
  settings: Partial<Settings>
  /** Whether a program is on this machine. */
  has(program: string): boolean
}

/** A plan that says how to start. */
export type Detection = Plan & { startCommand: Command; notes: readonly string[] }

/**
 * Recognises what a source is, by its files alone. A Procfile's `web:` wins over the kind's own start command, as on Heroku; settings win over both.
 * @throws PlatformError `failed_precondition`: nothing was recognised, or nothing says how it starts
 */
export function detect(tree: SourceTree, { settings, has }: DetectOptions): Detection {
  if (tree.files.size === 0)
    throw new PlatformError('failed_precondition', 'The source is empty: there is nothing to build.', { reason: 'SOURCE_EMPTY' })
  const { buildCommand } = settings
  const build = buildCommand === undefined ? {} : { buildCommand }
  const startCommand = settings.startCommand ?? webCommand(tree)

  const kinds = [
    withBuild(planGo(tree), buildCommand),
    planNode(tree, build),
    planPython(tree, { uv: has('uv'), ...build }),
    withBuild(planStatic(tree), buildCommand),
    withBuild(planProcfile(tree), buildCommand),
  ].filter((plan) => plan !== undefined)
  const plan = kinds.find((kind) => kind.startCommand !== undefined && kind.detected !== 'Procfile') ?? kinds[0]

  const notes = tree.files.has('Dockerfile') ? [dockerfileNote] : []
  if (plan === undefined) return custom(tree, startCommand, buildCommand, notes)
  const start = startCommand ?? plan.startCommand
  if (start === undefined) throw noStart(plan)
  return { ...plan, startCommand: start, notes }
}

const dockerfileNote = 'There is a Dockerfile, but containers need a Docker runtime, which this server does not have.'

/** A build command given by hand takes the place of the kind's own steps. */
function withBuild(plan: Plan | undefined, buildCommand: string | undefined): Plan | undefined {
  if (plan === undefined || buildCommand === undefined) return plan
  return { ...plan, steps: [{ title: buildCommand, commands: [buildCommand] }] }
}

function custom(tree: SourceTree, startCommand: Command | undefined, buildCommand: string | undefined, notes: string[]): Detection {
  if (startCommand === undefined) throw unrecognised(tree, notes)
  const steps = buildCommand === undefined ? [] : [{ title: buildCommand, commands: [buildCommand] }]
  return { detected: 'Start command (given)', steps, startCommand, programs: [], env: {}, notes }
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
