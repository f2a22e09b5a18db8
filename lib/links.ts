/**
 * Whether a symbolic link at `path` (relative, in a tree without links as directories of it) stays inside that tree.
 * `..` is allowed at the beginning of the target only: after another name it could go up from wherever that name, if a link itself, leads.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === '' || target.startsWith('/') || target.includes('\0')) return false
  const parts = target.split('/').filter((part) => part !== '' && part !== '.')
  const ups = parts.findIndex((part) => part !== '..')
  const up = ups < 0 ? parts.length : ups
  return up <= path.split('/').length - 1 && !parts.slice(up).includes('..')
}
