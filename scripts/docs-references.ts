import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { sourceFiles } from './source-files.ts'

/** Code in backticks that looks like a path of this project: `lib/errors.ts`, `docs/adr/`. */
const pathPattern = /^(?:[a-z.][\w.-]*\/)+(?:[\w.-]+)?$|^[\w-]+\.(?:ts|tsx|json|md|prisma)$/

/**
 * Links and paths in a document that lead nowhere. A path in backticks counts when its first folder exists here; words with
 * placeholders (`<noun>`, `*`) do not.
 */
export function brokenReferences(path: string, text: string, exists: (path: string) => boolean): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const broken = links
    .filter((target) => !/^[a-z]+:|^#/.test(target))
    .map((target) => posix.join(posix.dirname(path), target.replace(/#.*$/, '')))
    .filter((target) => !exists(target))
  const mentioned = [...prose.matchAll(/`([^`\s]+)`/g)]
    .map(([, target = '']) => target)
    .filter((target) => pathPattern.test(target) && target.includes('/') && exists(target.split('/')[0] ?? ''))
    .filter((target) => !exists(target) && !exists(posix.join(posix.dirname(path), target)))
  return [...broken, ...mentioned].map((target) => `${path}: ${target} does not exist`)
}

if (import.meta.main) {
  const documents = (await sourceFiles()).filter((path) => path.endsWith('.md'))
  const broken = await Promise.all(documents.map(async (path) => brokenReferences(path, await readFile(path, 'utf8'), existsSync)))
  for (const line of broken.flat()) console.error(line)
  if (broken.flat().length > 0) process.exit(1)
}
