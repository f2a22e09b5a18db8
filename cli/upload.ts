import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { type UploadRequest, UploadRequestSchema } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import type { HashedFile } from './file-hashes.ts'

const chunkBytes = 256 * 1024

/** The contents of files as one call's messages, read from disk as the server takes them. */
export async function* uploadMessages(namespace: string, root: string, files: readonly HashedFile[]): AsyncGenerator<UploadRequest> {
  for (const { path, sha256, size } of files) {
    yield create(UploadRequestSchema, { part: { case: 'header', value: { namespace, sha256, size: BigInt(size) } } })
    for await (const chunk of chunksOf(join(root, path), size)) yield create(UploadRequestSchema, { part: { case: 'chunk', value: chunk } })
  }
}

/** At most `size` bytes: one that has grown since it was hashed is for the server to refuse, by its hash. */
async function* chunksOf(path: string, size: number): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    for (let sent = 0; sent < size; ) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - sent)), { position: sent })
      if (bytesRead === 0) return
      sent += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** Each missing content once, though several files may have it. */
export function pickMissing(files: readonly HashedFile[], missing: readonly Uint8Array[]): HashedFile[] {
  const byHash = new Map(files.map((file) => [hex(file.sha256), file]))
  return [...new Set(missing.map(hex))].flatMap((hash) => byHash.get(hash) ?? [])
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
