import { importsOf, isRelative, type Source, targetOf } from './imports.ts'

/**
 * Files that import each other, types included: neither can be understood, or loaded, before the other. What is imported dynamically is
 * loaded later, and makes no circle.
 * @returns the files of each circle in the order of their imports; the last is the first again
 */
export function importCircles(sources: readonly Source[]): string[][] {
  const imports = new Map(sources.map(({ path, text }) => [path, staticTargets(path, text)]))
  const circles: string[][] = []
  const done = new Set<string>()
  for (const path of imports.keys()) follow(path, [])
  return circles

  function follow(path: string, above: readonly string[]): void {
    const since = above.indexOf(path)
    if (since >= 0) circles.push([...above.slice(since), path])
    if (since >= 0 || done.has(path)) return
    for (const target of imports.get(path) ?? []) follow(target, [...above, path])
    done.add(path)
  }
}

const staticTargets = (path: string, text: string): string[] =>
  importsOf(text)
    .filter((found) => isRelative(found) && !found.dynamic)
    .map(({ specifier }) => targetOf(path, specifier))
