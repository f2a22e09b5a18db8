import { createHash } from 'node:crypto'
import { z } from 'zod'
import { GitRef, Sha256, SourcePath } from '../../lib/names.ts'

/** Of one upload: more is refused with the name of what was too much. */
export const sourceLimits = { files: 20_000, fileBytes: 100 * 2 ** 20, totalBytes: 512 * 2 ** 20 }

const SourceFile = z.object({
  path: SourcePath,
  sha256: Sha256.optional(),
  size: z.number().int().min(0).max(sourceLimits.fileBytes, 'A file of a source has at most 100 MiB.'),
  executable: z.boolean().default(false),
  /** Target of a symbolic link, relative, inside the source. */
  link: z.string().max(1024).optional(),
})
export type SourceFile = z.infer<typeof SourceFile>

export const LocalSource = z.object({
  kind: z.literal('local'),
  files: z
    .array(SourceFile)
    .min(1, 'The directory is empty: there is nothing to run.')
    .max(sourceLimits.files, `A source has at most ${sourceLimits.files} files. Leave out what is not needed with a .microignore file.`)
    .refine(
      (files) => files.every(({ sha256, link }) => (sha256 === undefined) !== (link === undefined)),
      'A file has either a hash or a link.',
    )
    .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, 'A path stands twice in the source.')
    .refine(
      (files) => files.reduce((sum, { size }) => sum + size, 0) <= sourceLimits.totalBytes,
      'A source has at most 512 MiB. Leave out what is not needed with a .microignore file.',
    ),
  label: z.string().max(300).default('.'),
  location: z.string().max(4096).default(''),
})

export const GitSource = z.object({
  kind: z.literal('git'),
  url: z
    .url({ protocol: /^https?$/, error: 'A git source is an http or https URL.' })
    .max(2000)
    .refine((url) => !new URL(url).username && !new URL(url).password, {
      error: 'Credentials do not belong into the URL. Store them with `micro credential set HOST`.',
    }),
  ref: z.preprocess((ref) => (ref === '' ? undefined : ref), GitRef.optional()),
  directory: z.preprocess((path) => (path === '' ? undefined : path), SourcePath.optional()),
})

export const SourceInput = z.discriminatedUnion('kind', [LocalSource, GitSource])
export type SourceInput = z.infer<typeof SourceInput>

/** What of a source is kept: label and location are the service's. */
export type SourceContent =
  | { kind: 'local'; files: SourceFile[] }
  | { kind: 'git'; url: string; ref?: string | undefined; directory?: string | undefined }

export function contentOf(source: SourceInput): SourceContent {
  if (source.kind === 'git') return source
  const files = source.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return { kind: 'local', files }
}

/** As a person would write it: ./helloworld, github.com/o/r/helloworld@main. */
export function labelOf(source: SourceInput): string {
  if (source.kind === 'local') return source.label
  const url = new URL(source.url)
  const directory = source.directory ? `/${source.directory}` : ''
  const ref = source.ref ? `@${source.ref}` : ''
  return `${url.host}${url.pathname.replace(/\.git$/, '')}${directory}${ref}`
}

/** Where it can be found again: a directory on the user's machine, or a repository as `micro run` takes it. */
export function locationOf(source: SourceInput): string {
  if (source.kind === 'local') return source.location
  const { url, directory, ref } = source
  return `${url}${directory ? `//${directory}` : ''}${ref ? `@${ref}` : ''}`
}

/** The same input in the same order has the same digest. */
export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')
