import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { addPlatformFile, resolveStart } from '../artifact.ts'
import type { BaseImage } from '../bases/bases.ts'
import type { Settings } from '../builder.ts'
import type { Detection } from '../detect.ts'
import type { Command } from '../plan.ts'
import { platformDirectory, type TreeFile } from '../tree.ts'
import { dependencyImage, isFast } from './dependencies.ts'
import { dependenciesDirectory, fullDockerfile } from './dockerfile.ts'
import type { EngineImage } from './engine.ts'
import { failureOf } from './failure.ts'
import type { ImageJob } from './job.ts'

/** What a build has made. */
export type Made = {
  image: EngineImage
  /** Becomes the artifact's directory: the source that is mounted, or nothing but its record. */
  directory: string
  mounted: boolean
  /** Beyond the base image. */
  sizeBytes: number
  startCommand?: Command
  settings?: Partial<Settings>
}

export type PlanBases = { build: BaseImage; run: BaseImage }
type Where = { files: readonly (readonly [string, TreeFile])[]; directory: string; tag: string }

/** Builds a source by what was detected. */
export async function buildByPlan(job: ImageJob, plan: Detection, bases: PlanBases, where: Where): Promise<Made> {
  const { directory } = where
  for (const [path, from] of Object.entries(plan.additions ?? {})) await addPlatformFile(directory, path, await readFile(from))
  return isFast(plan) ? mounted(job, plan, bases.run, where) : whole(job, plan, bases, where)
}

/** Nothing of the source changes: it is mounted over an image of its dependencies. */
async function mounted(job: ImageJob, plan: Detection, base: BaseImage, { files, directory }: Where): Promise<Made> {
  const image = await dependencyImage(job, plan, base, directory)
  for (const { cache } of plan.steps) {
    if (cache) await symlink(`${dependenciesDirectory}/${cache.directory}`, join(directory, cache.directory))
  }
  const startCommand = await resolveStart(directory, plan.startCommand, plan.programs)
  const sourceBytes = files.reduce((sum, [, { size }]) => sum + size, 0)
  return { image, directory, mounted: true, sizeBytes: sourceBytes + beyond(image, base), startCommand }
}

async function whole(job: ImageJob, plan: Detection, bases: PlanBases, { directory, tag }: Where): Promise<Made> {
  // Commands put their results there.
  await mkdir(join(directory, platformDirectory), { recursive: true })
  const dockerfile = fullDockerfile(plan, { build: bases.build.name, run: bases.run.name }, job.surroundings)
  const outcome = await job.build({ ...dockerfile, context: directory, tag, labels: { 'micro.part': 'release' } })
  if ('failure' in outcome) throw failureOf(job, outcome.failure)
  const { image } = outcome
  const record = join(job.scratch, 'record')
  await mkdir(record)
  return { image, directory: record, mounted: false, sizeBytes: beyond(image, bases.run), startCommand: plan.startCommand }
}

const beyond = (image: EngineImage, base: BaseImage): number => Math.max(0, image.sizeBytes - base.sizeBytes)
