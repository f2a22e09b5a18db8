import { createHash, randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { PlatformError } from '../../lib/errors.ts'
import { exec } from '../../lib/exec.ts'
import type { Job } from '../job.ts'
import { giveTo, takeBack } from '../ownership.ts'
import { isReachable, type User } from '../programs.ts'
import type { SourceTree } from '../tree.ts'
import { findProtos, importsOf, inRoot, type ProtoFiles } from './roots.ts'

export type Compiler = {
  /** The buf program. */
  bufPath: string
  /** Runs it when the platform is root. */
  user?: User | undefined
}

export type Compiled = {
  /** google.protobuf.FileDescriptorSet with imports and comments. */
  descriptors: Uint8Array
  hasServices: boolean
}

/** Definitions that sources import without having them. */
const provided = ['google/api/annotations.proto', 'google/api/http.proto']
const compilerVersion = 1
const timeoutMs = 60_000
/** Routers hold the descriptors of all services in memory, and of those that are called as JSON some 25 times as much. */
const maxBytes = 4 * 2 ** 20

/**
 * Compiles the `.proto` files of a source, in a directory with nothing but them: the source's own configuration of buf is not carried out.
 * The result is kept for the namespace.
 * @throws PlatformError `failed_precondition` with the compiler's messages, each with file and line
 */
export async function compileDescriptors(job: Job, tree: SourceTree, compiler: Compiler): Promise<Compiled | undefined> {
  const found = findProtos(tree)
  if (!found) return undefined
  const protos = await withProvided(found)
  const kept = join(job.cache, 'descriptors', `${keyOf(protos)}.binpb`)
  const known = await readFile(kept).catch(() => undefined)
  const descriptors = known ?? (await job.stage(`Compile ${describe(found)}`, () => compile(job, protos, compiler, kept)))
  if (known) job.say(`Compile ${describe(found)} (cached)`)
  const { file } = fromBinary(FileDescriptorSetSchema, descriptors)
  return { descriptors, hasServices: file.some(({ name, service }) => service.length > 0 && !/^(google|grpc)\//.test(name)) }
}

async function withProvided({ roots, files }: ProtoFiles): Promise<ProtoFiles> {
  const names = new Set([...files.values()].flatMap(importsOf))
  const [root] = roots
  const isMissing = (name: string) => !roots.some((folder) => files.has(inRoot(folder, name)))
  if (root === undefined || !provided.some((name) => names.has(name) && isMissing(name))) return { roots, files }
  const texts = await Promise.all(
    provided
      .filter(isMissing)
      .map(
        async (name): Promise<[string, string]> => [
          inRoot(root, name),
          await readFile(new URL(`../../proto/${name}`, import.meta.url), 'utf8'),
        ],
      ),
  )
  return { roots, files: new Map([...files, ...texts]) }
}

const keyOf = ({ roots, files }: ProtoFiles) =>
  createHash('sha256')
    .update(JSON.stringify([compilerVersion, roots, ...files]))
    .digest('hex')

async function compile(job: Job, { roots, files }: ProtoFiles, { bufPath, user }: Compiler, kept: string): Promise<Uint8Array> {
  const directory = join(job.scratch, `protos-${randomUUID()}`)
  for (const [path, text] of files) {
    await mkdir(join(directory, path, '..'), { recursive: true })
    await writeFile(join(directory, path), text)
  }
  await writeFile(join(directory, 'buf.yaml'), JSON.stringify({ version: 'v2', modules: roots.map((path) => ({ path })) }))
  const restricted = user && isReachable(bufPath, user) ? user : undefined
  if (restricted) await giveTo(directory, restricted)

  const output = 'descriptors.binpb'
  const result = await exec([bufPath, 'build', '--disable-symlinks', '--output', output], {
    cwd: directory,
    env: { HOME: directory, PATH: dirname(bufPath) },
    signal: job.signal,
    timeoutMs: Math.min(timeoutMs, job.limits.timeoutMs),
    ...restricted,
  })
  if (result.code !== 0) throw broken(`${result.stdout}${result.stderr}`, files)
  // What stands there now is the compiler's, unless a process of the user's put something else in its place.
  await takeBack(directory, restricted)
  const stats = await lstat(join(directory, output))
  if (!stats.isFile() || stats.size > maxBytes) throw tooLarge()
  await mkdir(dirname(kept), { recursive: true })
  await rename(join(directory, output), kept)
  return readFile(kept)
}

function tooLarge(): PlatformError {
  return new PlatformError(
    'resource_exhausted',
    `The .proto files describe more than ${maxBytes / 2 ** 20} MiB of messages and services.`,
    {
      reason: 'PROTO_TOO_LARGE',
      hint: 'Leave out those that the service does not need.',
    },
  )
}

function broken(output: string, files: ReadonlyMap<string, string>): PlatformError {
  const lines = output
    .trim()
    .split('\n')
    .slice(0, 20)
    .map((line) => {
      // buf says where, not which.
      const [, path = '', number] = /^(.+\.proto):(\d+):\d+:imported file does not exist$/.exec(line) ?? []
      const statement = files.get(path)?.split('\n')[Number(number) - 1]
      return statement === undefined ? line : `${line}: ${statement.trim()}`
    })
  return new PlatformError('failed_precondition', `The .proto files do not compile:\n${lines.join('\n')}`, {
    reason: 'PROTO_INVALID',
    hint: 'Imports are resolved from the folder of buf.yaml, from proto, or from the root of the source.',
  })
}

const describe = ({ files }: ProtoFiles) => (files.size === 1 ? [...files.keys()].join() : `${files.size} .proto files`)
