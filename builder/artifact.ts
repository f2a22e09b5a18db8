import { chmod, cp, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PlatformError } from '../lib/errors.ts'
import type { Artifact, DirectoryArtifact, ImageArtifact } from './builder.ts'
import type { Command } from './plan.ts'
import { platformDirectory } from './tree.ts'

const common = {
  detected: z.string(),
  sizeBytes: z.number(),
  settings: z.custom<Artifact['settings']>((value) => typeof value === 'object' && value !== null),
  descriptors: z.boolean(),
}
const command = z.union([z.string(), z.array(z.string())])

/** What stands in `.micro/artifact.json` of an artifact; written last, so that its presence says that the artifact is whole. */
const DirectoryRecord = z.object({ ...common, startCommand: command, programs: z.array(z.string()) })
const ImageRecord = z.object({ ...common, startCommand: command.exactOptional(), image: z.string(), mounted: z.boolean() })

const recordPath = `${platformDirectory}/artifact.json`
const descriptorsPath = `${platformDirectory}/descriptors.binpb`

export async function readArtifact(path: string, digest: string): Promise<DirectoryArtifact | undefined> {
  const found = await readRecord(path, DirectoryRecord)
  return found && { kind: 'directory', path, digest, ...found }
}

/** The image itself may be gone from the engine. */
export async function readImageArtifact(path: string, digest: string): Promise<ImageArtifact | undefined> {
  const found = await readRecord(path, ImageRecord)
  if (!found) return undefined
  const { mounted, ...record } = found
  return { kind: 'image', digest, ...record, ...(mounted ? { mount: path } : {}) }
}

async function readRecord<T extends { descriptors: boolean }>(path: string, schema: z.ZodType<T>) {
  const text = await readFile(join(path, recordPath), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const { descriptors, ...record } = schema.parse(JSON.parse(text))
  return { ...record, ...(descriptors ? { descriptors: await readFile(join(path, descriptorsPath)) } : {}) }
}

export type Content = Omit<DirectoryArtifact, 'kind' | 'path' | 'digest' | 'workingDirectory'>
export type ImageContent = Omit<ImageArtifact, 'kind' | 'digest' | 'workingDirectory' | 'mount'> & { mounted: boolean }

/** Writes the record into the built directory and puts it in place, all at once. */
export async function publishArtifact(directory: string, path: string, digest: string, content: Content): Promise<DirectoryArtifact> {
  await writeRecord(directory, content)
  await putInPlace(directory, path)
  const artifact = await readArtifact(path, digest)
  if (!artifact) throw new PlatformError('internal', `The artifact ${digest} has no record.`)
  return artifact
}

/**
 * Likewise.
 * @param renews the directory is there, but the engine has lost its image: only the record is written anew
 */
export async function publishImageArtifact(
  directory: string,
  path: string,
  digest: string,
  content: ImageContent,
  renews: boolean,
): Promise<ImageArtifact> {
  await writeRecord(directory, content)
  if (!(await putInPlace(directory, path)) && renews) await writeRecord(path, content)
  const artifact = await readImageArtifact(path, digest)
  if (!artifact) throw new PlatformError('internal', `The artifact ${digest} has no record.`)
  return artifact
}

/** @returns false when the same input was built twice at once: the first one there stays */
async function putInPlace(directory: string, path: string): Promise<boolean> {
  try {
    await rename(directory, path)
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))) throw error
    await rm(directory, { recursive: true, force: true })
    return false
  }
}

async function writeRecord(directory: string, { descriptors, ...record }: Content | ImageContent): Promise<void> {
  if (descriptors) await addPlatformFile(directory, descriptorsPath, descriptors)
  await addPlatformFile(directory, recordPath, JSON.stringify({ ...record, descriptors: descriptors !== undefined }))
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
