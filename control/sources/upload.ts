import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { Sha256 } from '../../lib/names.ts'
import { member, verb } from '../verb.ts'
import { sourceLimits } from './source.ts'

export type UploadedFile = { sha256: string; size: number; bytes: AsyncIterable<Uint8Array> }

const isAsyncIterable = (value: unknown): value is AsyncIterable<UploadedFile> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

/** Stores file contents one after the other as they come. Not audited: a content changes nothing until a deployment names it, which is. */
export const uploadBlobs = verb({
  name: 'sources.upload',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), files: z.custom<AsyncIterable<UploadedFile>>(isAsyncIterable) }),
  async run({ ctx, input }) {
    let files = 0
    let bytes = 0
    for await (const file of input.files) {
      files += 1
      bytes += file.size
      if (files > sourceLimits.files || bytes > sourceLimits.totalBytes || file.size > sourceLimits.fileBytes)
        throw new PlatformError('resource_exhausted', 'An upload has at most 20,000 files of 100 MiB each, 512 MiB in all.', {
          reason: 'SOURCE_TOO_LARGE',
        })
      const { data: hash } = Sha256.safeParse(file.sha256)
      if (!hash) throw new PlatformError('invalid_argument', 'A file of an upload is named by its SHA-256.', { field: 'sha256' })
      await ctx.platform.blobs.put(ctx.namespace.id, hash, file.bytes, { maxBytes: file.size })
    }
    return { files, bytes }
  },
})
