import { chmod, cp, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PlatformError } from '../lib/errors.ts'
import type { DirectoryArtifact } from './builder.ts'
import type { Command } from './plan.ts'
import { platformDirectory } from './tree.ts'

/** What stands in `.micro/artifact.json` of an artifact; written last, so that its presence says that the artifact is whole. */
const Record = z.object({
  detected: z.string(),
  sizeBytes: z.number(),
  startCommand: z.union([z.string(), z.array(z.string())]),
  programs: z.array(z.string()),
  settings: z.custom<DirectoryArtifact['settings']>((value) => typeof value === 'object' && value !== null),
  descriptors: z.boolean(),
})

const recordPath = `${platformDirectory}/artifact.json`
const descriptorsPath = `${platformDirectory}/descriptors.binpb`

export async function readArtifact(path: string, digest: string): Promise<DirectoryArtifact | undefined> {
  const text = await readFile(join(path, recordPath), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { descriptors, ...record } = Record.parse(JSON.parse(text))
  return {
    kind: 'directory',
    path,
    digest,
    ...record,
    ...(descriptors ? { descriptors: await readFile(join(path, descriptorsPath)) } : {}),
  }
}

export type Content = Omit<DirectoryArtifact, 'kind' | 'path' | 'digest' | 'workingDirectory'>

/** Writes the record into the built directory and puts it in place, all at once. */
export async function publishArtifact(directory: string, path: string, digest: string, content: Content): Promise<DirectoryArtifact> {
  const { descriptors, ...record } = content
  if (descriptors) await addPlatformFile(directory, descriptorsPath, descriptors)
  await addPlatformFile(directory, recordPath, JSON.stringify({ ...record, descriptors: descriptors !== undefined }))
  await rename(directory, path).catch(async (error: NodeJS.ErrnoException) => {
    // The same input was built twice at once: the first one there stays.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    await rm(directory, { recursive: true, force: true })
  })
  const artifact = await readArtifact(path, digest)
  if (!artifact) throw new PlatformError('internal', `The artifact ${digest} has no record.`)
  return artifact
}

/** Writes a file below `.micro`, whatever the build may have left at its name: following a link there would write outside. */
export async function addPlatformFile(directory: string, path: string, content: string | Uint8Array): Promise<void> {
  const folder = join(directory, platformDirectory)
  const stats = await lstat(folder).catch(() => undefined)
  if (!stats?.isDirectory()) {
    await rm(folder, { force: true })
    await mkdir(folder, { mode: 0o755 })
  }
  await rm(join(directory, path), { recursive: true, force: true })
  await writeFile(join(directory, path), content, { flag: 'wx', mode: 0o644 })
  await chmod(join(directory, path), 0o644)
}

/** Takes a directory over, by renaming where both are on one file system. */
export async function moveDirectory(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  }
}

const launcherPath = `${platformDirectory}/launch.sh`

/**
 * How the artifact starts: programs that its packages brought are found by their path. A command line gets them by a launcher in the artifact,
 * which puts their directory first in PATH and hands the line, its last argument, on as it is.
 * @throws PlatformError `failed_precondition` when it names a file of the artifact that is not there
 */
export async function resolveStart(directory: string, command: Command, programs: readonly string[]): Promise<Command> {
  const present = await existing(directory, programs)
  if (typeof command === 'string') {
    if (present.length === 0) return command
    await addPlatformFile(directory, launcherPath, await readFile(new URL('./launch.sh', import.meta.url)))
    return ['/bin/sh', launcherPath, present.join(':'), command]
  }
  const [name = '', ...args] = command
  if (name.includes('/')) {
    if (!name.startsWith('/') && (await existing(directory, [name])).length === 0) throw missingProgram(name)
    return command
  }
  const [brought] = await existing(
    directory,
    present.map((folder) => `${folder}/${name}`),
  )
  return brought === undefined ? command : [`./${brought}`, ...args]
}

export async function existing(directory: string, paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map((path) =>
      lstat(join(directory, path)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return paths.filter((_, index) => found[index])
}

function missingProgram(name: string): PlatformError {
  return new PlatformError(
    'failed_precondition',
    `The start command names ${name}, which is neither in the source nor made by the build.`,
    {
      reason: 'START_COMMAND_MISSING',
      hint: 'Correct the start command, or the build that makes it.',
    },
  )
}
