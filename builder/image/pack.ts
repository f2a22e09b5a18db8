import { access } from 'node:fs/promises'
import { PlatformError } from '../../lib/errors.ts'
import type { MountedArtifact } from '../builder.ts'
import type { Job } from '../job.ts'
import { packedDockerfile } from './dockerfile.ts'
import { defaultEngine, docker, type Engine } from './engine.ts'
import { failureOf } from './failure.ts'
import { createImageJob } from './job.ts'
import { defaultLimits, type SharedLimits } from './limits.ts'

type Options = { artifactsDirectory: string; engine?: Engine; limits?: SharedLimits }

const nothing = { contents: {}, targets: {}, proxies: {} }

/** See `Packer`. */
export async function packArtifact(options: Options, job: Job, artifact: MountedArtifact): Promise<string> {
  const { engine = defaultEngine, limits = defaultLimits(), artifactsDirectory: installation } = options
  const { namespace, digest, image, mount, startCommand } = artifact
  await access(mount).catch((cause: unknown) => {
    throw gone(`the directory ${mount}`, cause)
  })
  // FROM takes no id.
  const name = `micro-pack/${namespace}:${digest}`
  const tagged = await docker(engine, ['tag', image, name], { signal: job.signal })
  if (tagged.code !== 0) throw gone(`the image ${image}`, new Error(tagged.stderr))
  try {
    const imageJob = await createImageJob(job, artifact, { engine, limits, secrets: nothing, env: {}, installation })
    const dockerfile = packedDockerfile(name, startCommand)
    const outcome = await imageJob.build({
      ...dockerfile,
      context: mount,
      tag: `micro-release/${namespace}:${digest}`,
      labels: { 'micro.part': 'release' },
    })
    if ('failure' in outcome) throw failureOf(imageJob, outcome.failure)
    return outcome.image.id
  } finally {
    await docker(engine, ['rmi', '--no-prune', name])
  }
}

const gone = (what: string, cause: unknown) =>
  new PlatformError('failed_precondition', `The release cannot be packed: ${what} is gone.`, { reason: 'ARTIFACT_GONE', cause })
