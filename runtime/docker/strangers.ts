import { type Engine, ignoring } from './engine.ts'
import { ours, prefixOf } from './labels.ts'

/** Of ours, as the engine names them. */
export type OwnContainer = { id: string; name: string; createdAt: Date }

export async function ownContainers(engine: Engine, installation: string, { all }: { all: boolean }): Promise<OwnContainer[]> {
  const containers = await engine.call((docker) => docker.listContainers({ all, filters: ours(installation) }))
  return containers
    .map(({ Id: id, Names, Created }) => ({ id, name: Names[0]?.slice(1) ?? '', createdAt: new Date(Created * 1000) }))
    .filter(({ name }) => name.startsWith(prefixOf(installation)))
}

/**
 * Removes containers of ours that nobody knows: of a process that was killed while it made or removed something, or made by an engine whose answer
 * never came. @param known their ids or names
 */
export async function removeStrangers(
  engine: Engine,
  { installation, known, madeBefore }: { installation: string; known: ReadonlySet<string>; madeBefore: Date },
): Promise<void> {
  for (const { id, name, createdAt } of await ownContainers(engine, installation, { all: true })) {
    if (known.has(name) || known.has(id) || createdAt >= madeBefore) continue
    await ignoring(
      [404, 409],
      engine.call((docker) => docker.getContainer(id).remove({ force: true, v: true })),
    )
  }
}
