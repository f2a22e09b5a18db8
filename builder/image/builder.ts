import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../lib/remove-tree.ts'
import { moveDirectory, publishImageArtifact, readImageArtifact } from '../artifact.ts'
import type { Bases } from '../bases/bases.ts'
import type { Builder, ImageArtifact, Packer, Settings, Source } from '../builder.ts'
import { type Detection, detect } from '../detect.ts'
import { digestOf } from '../digest.ts'
import { createJob, type Job, tooLarge } from '../job.ts'
import { mendModes } from '../modes.ts'
import type { User } from '../programs.ts'
import { artifactSettings, descriptorsOf, givenSettings } from '../study.ts'
import { platformDirectory, readTree, type SourceTree, type TreeFile } from '../tree.ts'
import { openWorkplace, type Workplace } from '../workplace.ts'
import { buildByDockerfile, dockerfileOf } from './custom.ts'
import { defaultEngine, type Engine, inspectImage } from './engine.ts'
import { createImageJob } from './job.ts'
import { defaultLimits, type SharedLimits } from './limits.ts'
import { packArtifact } from './pack.ts'
import { buildByPlan, type PlanBases } from './plan.ts'
import { secretsOf } from './secrets.ts'

export type ImageBuilderOptions = Workplace & {
  /** Base images, made or pulled when first needed. */
  bases: Bases
  /** The buf program, which compiles `.proto` files on this machine. */
  bufPath: string
  /** Runs buf when the platform is root. */
  user?: User
  /** What commands of builds get: see `operatorEnvironment`. */
  environment?: Readonly<Record<string, string>>
  engine?: Engine
  limits?: SharedLimits
}

/** A service behind a router of another network listens on all addresses. */
const everywhere = { HOST: '0.0.0.0' }

/**
 * Builds images with BuildKit. A source whose build only installs dependencies becomes a directory at `<artifactsDirectory>/<namespace
 * id>/<digest>`, which is mounted over an image of those; any other becomes one image (ADR 0013). The same input is not built again.
 */
export function createImageBuilder(options: ImageBuilderOptions): Builder<ImageArtifact> & Packer {
  const placeFor = openWorkplace(options, async () => undefined)
  return {
    async build(source, buildOptions) {
      const place = await placeFor(source.namespace)
      try {
        return await build(options, source, createJob(place, buildOptions))
      } finally {
        await removeTree(place.scratch)
        await rm(source.directory, { recursive: true, force: true })
      }
    },
    async pack(mounted, { signal }) {
      const place = await placeFor(mounted.namespace)
      try {
        const job = createJob(place, { signal, onLog: () => undefined, limits: packLimits })
        return await packArtifact(options, job, mounted)
      } finally {
        await removeTree(place.scratch)
      }
    },
  }
}

/** Nothing runs but the engine's copying. */
const packLimits = { timeoutMs: 10 * 60_000, outputBytes: 2 ** 20, artifactBytes: Number.MAX_SAFE_INTEGER / 4 }

async function build(options: ImageBuilderOptions, source: Source, job: Job): Promise<ImageArtifact> {
  job.check()
  const { engine = defaultEngine, bases } = options
  const tree = await readTree(source.directory)
  const given = givenSettings(tree, source.settings)
  const dockerfile = dockerfileOf(tree, given)
  const plan = dockerfile === undefined ? planOf(tree, given) : undefined
  const images = plan && (await basesOf(plan, bases, job))
  const digest = await digestOf(source.directory, tree, source.settings, ['image', ...(images ? [images.build.id, images.run.id] : [])])
  const path = join(options.artifactsDirectory, source.namespace, digest)
  const built = await readImageArtifact(path, digest)
  if (built && (await inspectImage(engine, built.image))) {
    // Used again: a sweep of the disk leaves it alone.
    await utimes(path, new Date(), new Date())
    job.say(`${built.detected}: the same source was built before`)
    return built
  }

  for (const note of plan?.notes ?? []) job.say(note)
  job.say(`${plan?.detected ?? dockerfile} detected`)
  const secrets = await secretsOf(job, tree, options.environment ?? {})
  const env = given.env ?? {}
  const imageJob = await createImageJob(job, source, {
    engine,
    limits: options.limits ?? defaultLimits(),
    secrets,
    env,
    installation: options.artifactsDirectory,
  })
  const compiled = await descriptorsOf(job, tree, options, given)
  const directory = join(job.scratch, 'artifact')
  await moveDirectory(source.directory, directory)
  await rm(join(directory, platformDirectory), { recursive: true, force: true })
  if (secrets.npmrc !== undefined && plan) await writeFile(join(directory, '.npmrc'), secrets.npmrc)
  const files = filesOf(tree, plan)
  for (const { cache } of plan?.steps ?? []) if (cache) await rm(join(directory, cache.directory), { recursive: true, force: true })
  await mendModes(directory, files)

  const tag = `micro-release/${source.namespace}:${digest}`
  const made =
    plan && images
      ? await buildByPlan(imageJob, plan, images, { files, directory, tag })
      : await buildByDockerfile(imageJob, bases, { directory, dockerfile: dockerfile ?? 'Dockerfile', tag })
  job.check()
  if (made.sizeBytes > job.limits.artifactBytes) throw tooLarge(made.sizeBytes, job.limits)
  await mkdir(join(path, '..'), { recursive: true, mode: 0o711 })
  const startCommand = made.startCommand ?? given.startCommand
  const content = {
    detected: plan?.detected ?? `Dockerfile (${dockerfile})`,
    sizeBytes: made.sizeBytes,
    image: made.image.id,
    mounted: made.mounted,
    ...(startCommand === undefined ? {} : { startCommand }),
    settings: artifactSettings({ ...made.settings, ...given }, plan?.env ?? everywhere, compiled),
    ...(compiled ? { descriptors: compiled.descriptors } : {}),
  }
  return publishImageArtifact(made.directory, path, digest, content, built !== undefined)
}

/** What may be said of a source without a Dockerfile before anything of it runs. */
export function planOf(tree: SourceTree, settings: Partial<Settings>): Detection {
  const plan = detect(tree, { settings, images: true, has: () => false })
  return { ...plan, env: { ...everywhere, ...plan.env } }
}

async function basesOf({ bases: { build, run } }: Detection, bases: Bases, job: Job): Promise<PlanBases> {
  const making = { signal: job.signal, onLog: job.say }
  const first = await bases.ensure(build, making)
  return { build: first, run: run === build ? first : await bases.ensure(run, making) }
}

/** What of the files an install makes anew. */
function filesOf(tree: SourceTree, plan: Detection | undefined): (readonly [string, TreeFile])[] {
  const replaced = (plan?.steps ?? []).flatMap(({ cache }) => (cache ? [`${cache.directory}/`] : []))
  return [...tree.files].filter(([path]) => !replaced.some((folder) => path.startsWith(folder)))
}
