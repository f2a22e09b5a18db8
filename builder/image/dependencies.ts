import { createHash } from 'node:crypto'
import type { BaseImage } from '../bases/bases.ts'
import type { Detection } from '../detect.ts'
import { dependencyDockerfile } from './dockerfile.ts'
import { type EngineImage, inspectImage, tagImage } from './engine.ts'
import { failureOf } from './failure.ts'
import type { ImageJob } from './job.ts'

/** Raised when the same inputs would become another image. */
const version = 1

/** True when the source itself is not changed by its build: then its dependencies are an image, and the source is mounted over it. */
export const isFast = ({ steps, bases }: Detection): boolean => bases.build === bases.run && steps.every(({ cache }) => cache !== undefined)

/**
 * The image that a source without a build runs on: its base, with its dependencies in /deps. Made once for a namespace and the same inputs.
 * @returns the image, which the engine has
 */
export async function dependencyImage(job: ImageJob, plan: Detection, base: BaseImage, context: string): Promise<EngineImage> {
  if (plan.steps.length === 0) return base
  const repository = `micro-dependencies/${job.namespace}`
  const key = keyOf(plan, base)
  const tag = `${repository}:${key}`
  const made = await inspectImage(job.engine, tag)
  if (made) {
    // Used again: a sweep of the disk leaves it alone.
    await tagImage(job.engine, made.id, repository, key)
    for (const { title } of plan.steps) job.say(`${title} (cached)`)
    return made
  }
  const dockerfile = dependencyDockerfile(plan, base.name, job.surroundings)
  const outcome = await job.build({ ...dockerfile, context, tag, labels: { 'micro.part': 'dependencies' } })
  if ('failure' in outcome) throw failureOf(job, outcome.failure)
  return outcome.image
}

function keyOf({ steps, programs, env }: Detection, base: BaseImage): string {
  const parts = steps.map(({ commands, cache, tools }) => [commands, cache, tools])
  return createHash('sha256')
    .update(JSON.stringify([version, base.id, parts, programs, env]))
    .digest('hex')
    .slice(0, 40)
}
