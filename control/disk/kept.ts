import type { Release } from '../../gen/prisma/client.ts'
import type { Prisma, Tx } from '../../prisma/client.ts'
import type { ControlContext } from '../context.ts'
import { activeStates } from '../deployments/queue.ts'
import { activeRunStates } from '../runs/state.ts'
import type { SourceContent } from '../sources/source.ts'

/** What must stay: all that a kept release, an instance or a deployment under way needs. */
export type Kept = {
  /** Directories of artifacts, and ids of images. */
  artifacts: ReadonlySet<string>
  namespaces: ReadonlySet<string>
}

const swept = { sweptAt: null } as const

/**
 * Marks releases that are neither live nor running nor among the newest of their service, so that nobody goes back to them; a deployment that
 * was begun meanwhile keeps its own. @returns how many would be, or were, marked
 */
export async function sweepReleases(ctx: ControlContext, { keep, dryRun }: { keep: number; dryRun: boolean }): Promise<string[]> {
  const ids: string[] = []
  for (const { id } of await ctx.db.service.findMany({ select: { id: true } })) {
    await ctx.db.$transaction(async (tx) => {
      await tx.$queryRaw`SELECT 1 FROM "Service" WHERE "id" = ${id} FOR UPDATE`
      const old = await unneeded(tx, id, keep)
      ids.push(...old)
      if (!dryRun) await tx.release.updateMany({ where: { id: { in: old } }, data: { sweptAt: ctx.clock.now() } })
    })
  }
  return ids
}

async function unneeded(tx: Tx, serviceId: string, keep: number): Promise<string[]> {
  const releases = await tx.release.findMany({
    where: { serviceId, ...swept, liveFor: null },
    orderBy: { version: 'desc' },
    skip: keep,
    select: { id: true, _count: { select: { instances: true, deployments: underWay(activeStates), runs: underWay(activeRunStates) } } },
  })
  return releases.filter(({ _count }) => _count.instances + _count.deployments + _count.runs === 0).map(({ id }) => id)
}

const underWay = <State>(states: State[]) => ({ where: { state: { in: states } } })

/** @param without releases that count as swept already, for a dry run */
export async function keptOf(ctx: ControlContext, without: readonly string[]): Promise<Kept> {
  const [releases, namespaces] = await Promise.all([
    ctx.db.release.findMany({ where: { ...swept, id: { notIn: [...without] } }, select: { artifact: true, packedImage: true } }),
    ctx.db.namespace.findMany({ select: { id: true } }),
  ])
  return { artifacts: new Set(releases.flatMap(artifactsOf)), namespaces: new Set(namespaces.map(({ id }) => id)) }
}

function artifactsOf({ artifact, packedImage }: Pick<Release, 'artifact' | 'packedImage'>): string[] {
  const values = [packedImage, ...(typeof artifact === 'object' && artifact !== null ? Object.values(artifact) : [])]
  return values.filter((value) => typeof value === 'string')
}

/** Deployments that are under way, or whose release may be started again. */
const needing = (without: readonly string[]): Prisma.DeploymentWhereInput => ({
  OR: [{ state: { in: activeStates } }, { release: { ...swept, id: { notIn: [...without] } } }],
})

/** Hashes of the uploaded files that such deployments were made of. */
export async function keptUploads(tx: Tx, namespaceId: string, without: readonly string[]): Promise<ReadonlySet<string>> {
  const needed = await tx.source.findMany({ where: { namespaceId, deployments: { some: needing(without) } }, select: { content: true } })
  const contents = needed.map(({ content }) => content as SourceContent)
  return new Set(contents.flatMap((content) => (content.kind === 'local' ? content.files.flatMap(({ sha256 }) => sha256 ?? []) : [])))
}

/** Manifests of uploads that nothing will be built from again: of twenty thousand files one takes megabytes. */
export async function deleteSources(tx: Tx, namespaceId: string): Promise<void> {
  const unneeded = { namespaceId, content: { path: ['kind'], equals: 'local' }, deployments: { none: needing([]) } }
  const ids = (await tx.source.findMany({ where: unneeded, select: { id: true } })).map(({ id }) => id)
  await tx.deployment.updateMany({ where: { sourceId: { in: ids } }, data: { sourceId: null } })
  await tx.source.deleteMany({ where: { id: { in: ids } } })
}
