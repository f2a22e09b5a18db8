import { posix } from 'node:path'
import { tenantCommandArguments } from '../../lib/tenant-command.ts'
import type { Detection } from '../detect.ts'
import type { Command, Step, StepCache } from '../plan.ts'
import { platformDirectory } from '../tree.ts'
import { cacheDirectory, launcherPath } from './launcher.ts'

/** What `docker build` is given beside the files of the source. */
export type Dockerfile = {
  text: string
  /** Lines of .dockerignore. */
  ignore: readonly string[]
  /** What is shown in the log, by stage and place: "build 4". */
  titles: ReadonlyMap<string, Title>
}

/** A step's name in the log. It may have several commands, which are one stage there. */
export type Title = { title: string; last: boolean }

/** What all commands of a build have in common. */
export type Surroundings = {
  namespace: string
  /** Variables of `micro.yaml`. */
  env: Readonly<Record<string, string>>
  /** Files that commands see and no layer holds, by their ids. */
  secrets: Readonly<Record<string, string>>
}

/** Where the source is, and where its dependencies are when they are no part of it. */
export const sourceDirectory = '/app'
export const dependenciesDirectory = '/deps'
const nobody = '65534:65534'

type CachedStep = Step & { cache: StepCache }

/** A source that needs a build: its steps in one stage, and an image of what it runs with. */
export function fullDockerfile(plan: Detection, bases: { build: string; run: string }, surroundings: Surroundings): Dockerfile {
  const steps = plan.steps.filter((step) => !(step.tidies && plan.keep))
  const installed = steps.filter((step): step is CachedStep => step.cache !== undefined)
  const directories = plan.keep ? [] : installed.map(({ cache }) => cache.directory)

  const build = stage('build', bases.build)
  build.add('USER 0')
  build.add(`WORKDIR ${sourceDirectory}`)
  build.add(...pathOf(plan, sourceDirectory))
  let copied = false
  for (const step of steps) {
    if (step.cache && !copied) build.add(...copies(step.cache.inputs))
    else if (!copied) {
      build.add('COPY . .')
      copied = true
    }
    runStep(build, step, surroundings)
  }
  if (!copied) build.add('COPY . .')
  // Dependencies become a layer of their own: it stays the same while they do.
  if (directories.length > 0) {
    const others = directories.flatMap((name) => ['!', '-name', name])
    build.add(
      run(['mkdir', '/out'], surroundings, []),
      run(['find', '.', '-mindepth', '1', '-maxdepth', '1', ...others, '-exec', 'mv', '-t', '/out', '{}', '+'], surroundings, []),
    )
  }

  const image = stage('image', bases.run)
  image.add(`WORKDIR ${sourceDirectory}`)
  const whole = directories.length > 0 ? '/out' : sourceDirectory
  for (const name of directories) image.add(copyFrom('build', `${sourceDirectory}/${name}`, `${sourceDirectory}/${name}`))
  for (const path of plan.keep ?? ['']) image.add(copyFrom('build', posix.join(whole, path), posix.join(sourceDirectory, path)))
  image.add(...environment(plan), ...pathOf(plan, sourceDirectory), ...startedBy(plan.startCommand))
  return joined(
    [...toolStages(steps, bases.build, surroundings), build, image],
    installed.map(({ cache }) => cache.directory),
  )
}

/** The image of a source's dependencies alone: `/deps/node_modules`. The source is mounted over it, or copied in. */
export function dependencyDockerfile(plan: Detection, base: string, surroundings: Surroundings): Dockerfile {
  const image = stage('dependencies', base)
  image.add('USER 0', `WORKDIR ${dependenciesDirectory}`, ...pathOf(plan, dependenciesDirectory))
  const inputs: string[] = []
  for (const step of plan.steps) {
    if (step.cache) inputs.push(...step.cache.inputs)
    image.add(...copies(step.cache?.inputs ?? []))
    runStep(image, step, surroundings)
  }
  image.add(...environment(plan), `USER ${nobody}`, `WORKDIR ${sourceDirectory}`)
  return joined([...toolStages(plan.steps, base, surroundings), image], ['**', ...inputs.map((path) => `!${path}`)])
}

/** Dependencies and source as one image. */
export function packedDockerfile(dependencies: string, startCommand: Command | undefined): Dockerfile {
  const image = stage('image', dependencies)
  image.add(`WORKDIR ${sourceDirectory}`, `COPY . ${sourceDirectory}`, ...(startCommand === undefined ? [] : startedBy(startCommand)))
  return joined([image], [`${platformDirectory}/artifact.json`, `${platformDirectory}/descriptors.binpb`])
}

type Stage = {
  name: string
  lines: string[]
  titles: Map<string, Title>
  add(...lines: string[]): void
  /** Lines that the log calls by this title. */
  addTitled(title: string, lines: readonly string[]): void
}

/** Instructions that BuildKit counts as steps of a stage. */
const counted = /^(FROM|RUN|COPY|WORKDIR)\b/

function stage(name: string, from: string): Stage {
  const lines = [`FROM ${from} AS ${name}`]
  const titles = new Map<string, Title>()
  return {
    name,
    lines,
    titles,
    add: (...more) => void lines.push(...more),
    addTitled(title, more) {
      more.forEach((line, index) => {
        lines.push(line)
        titles.set(`${name} ${lines.filter((text) => counted.test(text)).length}`, { title, last: index === more.length - 1 })
      })
    },
  }
}

function joined(stages: readonly Stage[], ignore: readonly string[]): Dockerfile {
  return {
    text: `${stages.map(({ lines }) => lines.join('\n')).join('\n\n')}\n`,
    ignore,
    titles: new Map(stages.flatMap(({ titles }) => [...titles])),
  }
}

function runStep(to: Stage, step: Step, surroundings: Surroundings): void {
  const tools = step.tools ? [`--mount=type=bind,from=tools,source=${step.tools.directory},target=${step.tools.directory}`] : []
  to.addTitled(
    step.title,
    step.commands.map((command) => run(command, surroundings, tools)),
  )
}

function toolStages(steps: readonly Step[], base: string, surroundings: Surroundings): Stage[] {
  const commands = steps.flatMap(({ tools }) => tools?.commands ?? [])
  if (commands.length === 0) return []
  const tools = stage('tools', base)
  tools.add('USER 0')
  tools.addTitled(
    'tools',
    commands.map((command) => run(command, { ...surroundings, env: {} }, [])),
  )
  return [tools]
}

/** A command with what the operator's network needs, by a launcher that no layer and no cache key holds. */
function run(command: Command, { namespace, env, secrets }: Surroundings, mounts: readonly string[]): string {
  const all = [
    ...Object.entries(secrets).map(([id, target]) => `--mount=type=secret,id=${id},target=${target},required=true`),
    `--mount=type=cache,id=micro-${namespace},target=${cacheDirectory}`,
    ...mounts,
  ]
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const argv = [...(variables.length > 0 ? ['env', ...variables] : []), ...tenantCommandArguments(command)]
  return `RUN ${all.join(' ')} ${JSON.stringify(['/bin/sh', launcherPath, ...argv])}`
}

/** Files keep their folders, which a COPY of several would not. */
function copies(paths: readonly string[]): string[] {
  const folders = Map.groupBy(paths, (path) => posix.dirname(path))
  return [...folders].map(([folder, files]) => `COPY ${JSON.stringify([...files, `${folder}/`])}`)
}

const copyFrom = (from: string, source: string, target: string) => `COPY --from=${from} ${JSON.stringify([source, target])}`

const pathOf = ({ programs }: Detection, directory: string): string[] =>
  programs.length === 0 ? [] : [`ENV PATH=${programs.map((folder) => `${directory}/${folder}`).join(':')}:$PATH`]

/** Constants of the kinds, which need no escapes. */
const environment = ({ env }: Detection): string[] => Object.entries(env).map(([name, value]) => `ENV ${name}=${value}`)

const startedBy = (command: Command): string[] => [
  `USER ${nobody}`,
  'ENTRYPOINT []',
  `CMD ${JSON.stringify(tenantCommandArguments(command))}`,
]
