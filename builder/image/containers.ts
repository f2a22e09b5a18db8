import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One command of a build at work. */
export type BuildContainer = {
  id: string
  /** Directory of this machine with what it has written over its image; absent until that is mounted. */
  layer?: string
  /** Directories that it shares with other builds of the namespace. */
  kept: readonly string[]
}

type Configuration = {
  process: { env?: string[] }
  root: { path: string }
  mounts?: { type?: string; source?: string; options?: string[] }[]
}

/** Those of a build, known by what its mark is in: a variable that the engine gives to all of its commands. Those that are known already are left out. */
export async function containersOf(engineRoot: string, mark: string, known: ReadonlyMap<string, unknown>): Promise<BuildContainer[]> {
  const directory = join(engineRoot, 'buildkit/executor')
  const names = await readdir(directory).catch((): string[] => []) // not ours to read, or nothing was built yet
  const found = await Promise.all(
    names.filter((name) => !known.has(name)).map((name) => read(engineRoot, join(directory, name), name, mark)),
  )
  return found.filter((container) => container !== undefined)
}

async function read(engineRoot: string, directory: string, id: string, mark: string): Promise<BuildContainer | undefined> {
  // Ended meanwhile, or one of the other files there.
  const text = await readFile(join(directory, 'config.json'), 'utf8').catch(() => '')
  if (!text.includes(mark)) return undefined
  const { process: command, root, mounts = [] } = JSON.parse(text) as Configuration
  if (!command.env?.some((variable) => variable.startsWith('NO_PROXY=') && variable.includes(mark))) return undefined
  const layer = await layerOf(root.path)
  const storage = join(engineRoot, 'overlay2')
  const kept = mounts.flatMap(({ type, source = '', options = [] }) =>
    type === 'bind' && source.startsWith(`${storage}/`) && !options.includes('ro') ? [source] : [],
  )
  return { id, kept, ...(layer === undefined ? {} : { layer }) }
}

/** Of an overlay: what `upperdir` says in proc(5), mountinfo. */
async function layerOf(rootPath: string): Promise<string | undefined> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  const line = mounts.split('\n').find((text) => text.split(' ')[4] === rootPath)
  return /\bupperdir=([^,]+)/.exec(line ?? '')?.[1]
}
