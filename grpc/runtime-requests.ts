import { Code, ConnectError } from '@connectrpc/connect'
import type { DeployInput } from '../control/deployments/create.ts'
import type { UploadedFile } from '../control/sources/upload.ts'
import type { DeployRequest, Options, UploadRequest } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Shapes only: the verb checks every value. */
export function toSource({ source }: DeployRequest): DeployInput['source'] {
  switch (source.case) {
    case 'local': {
      const { files, label, location } = source.value
      return {
        kind: 'local',
        label,
        location,
        files: files.map(({ path, sha256, size, executable, link }) => ({
          path,
          size: Number(size),
          executable,
          ...(link ? { link } : { sha256: hex(sha256) }),
        })),
      }
    }
    case 'git':
      return { kind: 'git', url: source.value.url, ref: source.value.ref, directory: source.value.directory }
    default:
      throw new ConnectError('A source is needed: a local directory or a git repository.', Code.InvalidArgument)
  }
}

export function toOptions(options: Options | undefined): NonNullable<DeployInput['options']> {
  const {
    protocol,
    buildCommand,
    startCommand,
    healthPath,
    instances,
    public: isPublic,
    startTimeoutMs,
    drainTimeoutMs,
    warmMs,
    canaryPercent,
    canaryMs,
  } = options ?? {}
  // The verb refuses any other protocol, in its own words.
  return {
    protocol: protocol as 'http' | 'grpc' | undefined,
    buildCommand,
    startCommand,
    healthPath,
    instances,
    public: isPublic,
    startTimeoutMs,
    drainTimeoutMs,
    warmMs,
    canaryPercent,
    canaryMs,
  }
}

/** One message stream as files one after the other; each must be read to its end before the next comes. */
export async function toUpload(requests: AsyncIterable<UploadRequest>): Promise<{ namespace: string; files: AsyncIterable<UploadedFile> }> {
  const messages = requests[Symbol.asyncIterator]()
  let next = await messages.next()
  const first = next.value?.part
  if (first?.case !== 'header') throw new ConnectError('An upload begins with a header.', Code.InvalidArgument)
  return { namespace: first.value.namespace, files: files() }

  async function* files(): AsyncGenerator<UploadedFile> {
    while (!next.done) {
      const { part } = next.value
      if (part.case !== 'header') throw new ConnectError('A chunk came where a header was expected.', Code.InvalidArgument)
      const { sha256, size } = part.value
      next = await messages.next()
      const bytes = chunks()
      yield { sha256: hex(sha256), size: Number(size), bytes }
      // A file that was stored already need not be read by whoever stores it.
      for await (const _ of bytes);
    }
  }

  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (; !next.done && next.value.part.case === 'chunk'; next = await messages.next()) yield next.value.part.value
  }
}
