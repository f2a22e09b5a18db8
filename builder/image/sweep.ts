import type { Swept } from '../sweep.ts'
import { docker, type Engine, imagesWithSizes, inspectImage } from './engine.ts'

/** Names the installation that an image was made for: several may share an engine. */
export const installationLabel = 'micro.artifacts'

/**
 * Removes images that builds of this installation have made, which are not kept and were not made or used again since `before`; with `dryRun` it
 * only counts. Base images stay. The engine refuses to remove one that a container has.
 * @param installation directory of its artifacts
 */
export async function sweepImages(
  engine: Engine,
  installation: string,
  kept: (id: string) => boolean,
  { before, dryRun, signal }: { before: Date; dryRun: boolean; signal: AbortSignal },
): Promise<Swept> {
  const swept = { bytes: 0, freedBytes: 0 }
  for (const { id, names, uniqueBytes, labels } of await imagesWithSizes(engine)) {
    if (labels[installationLabel] !== installation) continue
    swept.bytes += uniqueBytes
    const usedAt = (await inspectImage(engine, id))?.taggedAt ?? new Date(0)
    if (kept(id) || usedAt >= before) continue
    if (!dryRun) {
      const { code } = await docker(engine, ['rmi', ...(names.length > 0 ? names : [id])], { signal })
      if (code !== 0) continue
    }
    swept.freedBytes += uniqueBytes
  }
  return swept
}
