import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { resolvePath } from './deploy.ts'
import { usageError } from './parse.ts'
import { defaultServiceName } from './service-name.ts'
import type { Source } from './source.ts'
import { isMissing, isRecord } from './state-file.ts'

/** The name that micro.yaml gives, or the directory's own. */
export async function nameOfDirectory(path: string): Promise<string> {
  const root = resolvePath(path)
  return (await nameInManifest(root)) ?? defaultServiceName(basename(root))
}

/** The last part of the sub-folder, or of the repository. */
export function nameOfRepository({ directory, url }: Extract<Source, { kind: 'git' }>): string {
  return defaultServiceName(basename(directory === '' ? new URL(url).pathname.replace(/\.git$/, '') : directory))
}

async function nameInManifest(root: string): Promise<string | undefined> {
  let text: string
  try {
    text = await readFile(join(root, 'micro.yaml'), 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
  const { parse } = await import('yaml')
  let manifest: unknown
  try {
    manifest = parse(text)
  } catch (error) {
    throw usageError(`micro.yaml is not YAML: ${error instanceof Error ? error.message : String(error)}`)
  }
  return isRecord(manifest) && typeof manifest.name === 'string' ? manifest.name : undefined
}
