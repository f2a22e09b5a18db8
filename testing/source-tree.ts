import type { SourceTree } from '../builder/tree.ts'

/** A source without a disk: text by path; an executable is a path that ends in .sh. */
export function treeOf(texts: Record<string, string>): SourceTree {
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, { size: text.length, executable: path.endsWith('.sh') }]))
  return { files, text: (path) => texts[path] }
}
