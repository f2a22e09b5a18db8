import type { Source } from '../builder.ts'
import type { Job } from '../job.ts'
import { buildImage, type ImageBuild } from './build.ts'
import type { Surroundings, Title } from './dockerfile.ts'
import { type Engine, type EngineImage, engineRoot, inspectImage } from './engine.ts'
import { guardBuild } from './guard.ts'
import { limitBuilds, memoryKills, type SharedLimits } from './limits.ts'
import type { Failure, TitleOf } from './report.ts'
import type { Secrets } from './secrets.ts'
import { installationLabel } from './sweep.ts'

/** A build whose commands run in containers of the engine's. */
export type ImageJob = Job & {
  readonly engine: Engine
  readonly namespace: string
  readonly surroundings: Surroundings
  /** Of all builds together; absent where this process may not limit them. */
  readonly shared: SharedLimits | undefined
  /** @throws PlatformError when the build was stopped */
  build(build: Request): Promise<{ image: EngineImage } | { failure: Failure & { outOfMemory: boolean } }>
}

type Request = Pick<ImageBuild, 'context' | 'ignore' | 'tag' | 'labels'> & {
  text: string
  titles?: ReadonlyMap<string, Title>
  /** In place of `titles`, for a Dockerfile that is not ours. */
  titleOf?: TitleOf
  /** Contents by id, beside those that every command gets. */
  secrets?: Readonly<Record<string, string>>
}

export type ImageJobOptions = {
  engine: Engine
  limits: SharedLimits
  secrets: Secrets
  env: Readonly<Record<string, string>>
  installation: string
}

export async function createImageJob(job: Job, { namespace }: Pick<Source, 'namespace'>, options: ImageJobOptions): Promise<ImageJob> {
  const { engine, limits, secrets, env, installation } = options
  const shared = (await limitBuilds(limits)) ? limits : undefined
  return {
    ...job,
    engine,
    namespace,
    shared,
    surroundings: { namespace, env, secrets: secrets.targets },
    async build({ text, titles, titleOf, secrets: more, ...request }) {
      const guard = guardBuild(job, await engineRoot(engine))
      const killsBefore = await memoryKills()
      const { NO_PROXY, ...proxies } = secrets.proxies
      try {
        const outcome = await buildImage(
          job,
          engine,
          {
            ...request,
            dockerfile: text,
            labels: { 'micro.namespace': namespace, [installationLabel]: installation, ...request.labels },
            secrets: { ...secrets.contents, ...more },
            proxies: { ...proxies, NO_PROXY: [NO_PROXY, guard.mark].filter(Boolean).join(',') },
            titleOf: titleOf ?? ((stage, place) => titles?.get(`${stage} ${place}`)),
          },
          guard.stop,
        )
        if ('failure' in outcome) return { failure: { ...outcome.failure, outOfMemory: (await memoryKills()) > killsBefore } }
        const image = await inspectImage(engine, outcome.image)
        return image
          ? { image }
          : { failure: { lastLine: '', at: '', message: 'the engine has no such image any more', outOfMemory: false } }
      } finally {
        await guard.end()
      }
    },
  }
}
