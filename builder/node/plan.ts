import { type Command, type Plan, type PlanOptions, plainWords, type Step } from '../plan.ts'
import { serving } from '../static/plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'
import { frontEndOf } from './front-end.ts'
import { managerOf, type PackageManager } from './manager.ts'
import { installKey, installsAlone, type PackageJson, parsePackageJson } from './package-json.ts'

const names = ['server', 'index', 'main', 'app']
const entries = ['', 'src/'].flatMap((folder) =>
  names.flatMap((name) => ['js', 'mjs', 'cjs', 'ts', 'mts'].map((type) => `${folder}${name}.${type}`)),
)
const entryNames = 'server, index, main or app with .js, .mjs, .cjs, .ts or .mts, at the root or in src'

export function planNode(tree: SourceTree, options: PlanOptions): Plan | undefined {
  const text = tree.text('package.json')
  const entry = entries.find((path) => tree.files.has(path))
  if (text === undefined) {
    // Scripts beside a page are the page's.
    if (entry === undefined || (tree.files.has('index.html') && !entry.startsWith('server.'))) return undefined
    return plan(`Node.js (${entry})`, commandsGiven(options), ['node', entry])
  }

  const json = parsePackageJson(text)
  const steps = stepsOf(tree, json, options)
  const frontEnd = frontEndOf(tree, json)
  if (!frontEnd) return plan('Node.js (package.json)', steps, startOf(tree, json, entry))
  const { tool, folder, singlePage } = frontEnd
  const made = { ...serving(folder, singlePage), keep: [folder, platformDirectory] }
  return { ...plan(`Front end (${tool} in package.json)`, steps, undefined), ...made }
}

function plan(detected: string, steps: Step[], startCommand: Command | undefined): Plan {
  return {
    detected,
    steps,
    ...(startCommand === undefined
      ? { missingStart: `package.json has no start script and no main, and there is no ${entryNames}.` }
      : { startCommand }),
    programs: ['node_modules/.bin'],
    env: { NODE_ENV: 'production' },
    bases: { build: 'node', run: 'node' },
  }
}

function stepsOf(tree: SourceTree, json: PackageJson, options: PlanOptions): Step[] {
  const { installCommand, buildCommand } = options
  const manager = managerOf(tree, json, options)
  const builds = buildCommand !== undefined || 'build' in json.scripts
  const developing = Object.keys(json.devDependencies).length > 0
  const needed = [json.dependencies, json.optionalDependencies].some((group) => Object.keys(group).length > 0)

  const steps: Step[] = commandsGiven({ ...options, buildCommand: undefined })
  if (installCommand === undefined && (needed || (builds && developing) || json.workspaces !== undefined))
    steps.push(install(tree, json, manager, builds))
  if (buildCommand !== undefined) steps.push({ title: buildCommand, commands: [buildCommand] })
  else if (builds) steps.push({ title: `${manager.name} run build`, commands: [manager.run('build')], missing: manager.missing })
  if (builds && developing && manager.prune && installCommand === undefined)
    steps.push({ title: `${manager.name} prune`, commands: [manager.prune], missing: manager.missing, tidies: true })
  return steps
}

const commandsGiven = ({ installCommand, buildCommand }: Partial<Record<'installCommand' | 'buildCommand', string | undefined>>): Step[] =>
  [installCommand, buildCommand].flatMap((command) => (command === undefined ? [] : [{ title: command, commands: [command] }]))

function install(tree: SourceTree, json: PackageJson, manager: PackageManager, development: boolean): Step {
  const step = { title: `${manager.name} install`, commands: [manager.install({ development })], missing: manager.missing }
  if (!installsAlone(json)) return step
  const inputs = ['package.json', ...manager.locks, '.npmrc', '.yarnrc.yml'].filter((path) => tree.files.has(path))
  const contents = inputs.slice(1).flatMap((path) => [path, tree.text(path) ?? ''])
  return { ...step, cache: { directory: 'node_modules', inputs, key: [installKey(json), ...contents] } }
}

function startOf(tree: SourceTree, json: PackageJson, entry: string | undefined): Command | undefined {
  const script = json.scripts.start
  if (script !== undefined) {
    // The script itself, not npm: that would cost 200 ms and 60 MB for as long as the service runs.
    if ('prestart' in json.scripts) return 'npm start'
    return plainWords(script) ?? script
  }
  const main = json.main?.replace(/^\.\//, '')
  if (main !== undefined && (tree.files.has(main) || 'build' in json.scripts)) return ['node', main]
  return entry === undefined ? undefined : ['node', entry]
}
