import { mkdir, readFile, rm, utimes } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { addPlatformFile, existing, moveDirectory, publishArtifact, readArtifact, resolveStart } from './artifact.ts'
import type { Builder, DirectoryArtifact, Source } from './builder.ts'
import { cachedStep } from './cached-step.ts'
import { type CommandJob, createCommandJob, type Machine } from './commands.ts'
import { type Detection, detect } from './detect.ts'
import { digestOf } from './digest.ts'
import { tooLarge } from './job.ts'
import { killAbandoned } from './leftovers.ts'
import { mendModes } from './modes.ts'
import { giveTo, takeBack } from './ownership.ts'
import { findProgram, type User } from './programs.ts'
import { artifactSettings, descriptorsOf, givenSettings } from './study.ts'
import { platformDirectory, readTree, type SourceTree } from './tree.ts'
import { openWorkplace, type Workplace } from './workplace.ts'

export type DirectoryBuilderOptions = Workplace & {
  /** Where the `node` of builds and instances is. */
  nodeDirectory: string
  /** The buf program, which compiles `.proto` files. */
  bufPath: string
  /** Runs tenants' commands when the platform is root. */
  user?: User
  /** Passed on to every command: see `operatorEnvironment`. */
  environment?: Readonly<Record<string, string>>
  /** Where tools other than Node.js are found. */
  path?: string
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/go/bin'

/**
 * Builds artifacts that are directories: `<artifactsDirectory>/<namespace id>/<digest>`, made elsewhere and renamed into place, so that one that
 * is there is whole. The same input is not built again. For a machine without containers; commands run as `user`, with limits of the kernel.
 */
export function createDirectoryBuilder(options: DirectoryBuilderOptions): Builder<DirectoryArtifact> {
  const path = [options.nodeDirectory, options.path ?? defaultPath].join(delimiter)
  const machine: Machine = {
    path,
    user: options.user,
    environment: options.environment ?? {},
    prlimit: findProgram('prlimit', path, options.user),
  }
  const placeFor = openWorkplace(options, killAbandoned)

  return {
    async build(source, buildOptions) {
      const job = createCommandJob(machine, await placeFor(source.namespace), buildOptions)
      try {
        return await build(options, source, job)
      } finally {
        await job.close()
        await rm(source.directory, { recursive: true, force: true })
      }
    },
  }
}

async function build(options: DirectoryBuilderOptions, source: Source, job: CommandJob): Promise<DirectoryArtifact> {
  job.check()
  const tree = await readTree(source.directory)
  const digest = await digestOf(source.directory, tree, source.settings, ['directory', process.version])
  const path = join(options.artifactsDirectory, source.namespace, digest)
  const built = await readArtifact(path, digest)
  if (built) {
    // Used again: a sweep of the disk leaves it alone.
    await utimes(path, new Date(), new Date())
    job.say(`${built.detected}: the same source was built before`)
    return built
  }

  const given = givenSettings(tree, source.settings)
  const { path: programs, user } = job.machine
  const plan = detect(tree, { settings: given, images: false, has: (program) => findProgram(program, programs, user) !== undefined })
  for (const note of plan.notes) job.say(note)
  job.say(`${plan.detected} detected`)

  const compiled = await descriptorsOf(job, tree, { bufPath: options.bufPath, user }, given)
  const directory = join(job.scratch, 'artifact')
  await moveDirectory(source.directory, directory)
  await rm(join(directory, platformDirectory), { recursive: true, force: true })
  const sizeBytes = await carryOut(job, plan, tree, { directory, env: given.env ?? {} })
  const startCommand = await resolveStart(directory, plan.startCommand, plan.programs)
  job.check()

  await mkdir(join(path, '..'), { recursive: true, mode: 0o711 })
  return publishArtifact(directory, path, digest, {
    detected: plan.detected,
    sizeBytes,
    startCommand,
    programs: await existing(directory, plan.programs),
    settings: artifactSettings(given, plan.env, compiled),
    ...(compiled ? { descriptors: compiled.descriptors } : {}),
  })
}

/** @returns the size of the artifact */
async function carryOut(
  job: CommandJob,
  plan: Detection,
  tree: SourceTree,
  { directory, env }: { directory: string; env: Readonly<Record<string, string>> },
) {
  const { user } = job.machine
  const replaced = plan.steps.flatMap(({ cache }) => (cache ? [`${cache.directory}/`] : []))
  const files = [...tree.files].filter(([path]) => !replaced.some((folder) => path.startsWith(folder)))
  let sizeBytes = files.reduce((sum, [, file]) => sum + file.size, 0)
  let handedOver = false
  for (const { cache, ...step } of plan.steps) {
    if (cache) {
      sizeBytes += await cachedStep(job, plan, { ...step, cache }, directory)
      continue
    }
    if (!handedOver) {
      await mkdir(join(directory, platformDirectory), { recursive: true })
      if (user) await giveTo(directory, user)
      handedOver = true
    }
    await job.stage(step.title, async () => {
      for (const command of step.commands) {
        await job.run(command, {
          cwd: directory,
          programs: plan.programs,
          env,
          ...(step.missing === undefined ? {} : { missing: step.missing }),
        })
      }
    })
  }
  if (handedOver) {
    await job.quiet()
    sizeBytes = await takeBack(directory, user)
  } else await mendModes(directory, files)
  for (const [path, from] of Object.entries(plan.additions ?? {})) await addPlatformFile(directory, path, await readFile(from))
  if (sizeBytes > job.limits.artifactBytes) throw tooLarge(sizeBytes, job.limits)
  return sizeBytes
}
