import { z } from 'zod'
import type { Release } from '../../gen/prisma/client.ts'
import type { WorkerContext } from '../worker.ts'

export const PackJob = z.object({ deploymentId: z.string() })

type Mounted = { kind: 'image'; image: string; mount: string; startCommand?: string | string[] }

const artifactOf = (release: Pick<Release, 'artifact'>) => release.artifact as Mounted | { kind: 'image' | 'directory' }

/** True for a release that starts from an image and a directory of this machine, and is not yet one image. */
export const isMounted = (release: Pick<Release, 'artifact' | 'packedImage'>): boolean =>
  'mount' in artifactOf(release) && release.packedImage === null

/** Makes one image of a live release's image and directory (ADR 0013). Can be done again after a crash: the image is the same then. */
export async function packRelease(ctx: WorkerContext, job: z.output<typeof PackJob>): Promise<void> {
  const deployment = await ctx.db.deployment.findFirst({
    where: { id: job.deploymentId, state: 'LIVE', service: { deletedAt: null } },
    include: { release: { omit: { descriptors: true } } },
  })
  const release = deployment?.release
  if (!release || release.serviceId !== deployment.serviceId || release.namespaceId !== deployment.namespaceId) return
  const artifact = artifactOf(release)
  if (!('mount' in artifact) || release.packedImage !== null || release.sweptAt !== null) return
  const { image, mount, startCommand } = artifact
  const { namespaceId: namespace, digest } = release
  const packedImage = await ctx.worker.packer?.pack(
    { namespace, digest, image, mount, ...(startCommand === undefined ? {} : { startCommand }) },
    { signal: ctx.signal },
  )
  if (packedImage !== undefined) await ctx.db.release.update({ where: { id: release.id }, data: { packedImage } })
}
