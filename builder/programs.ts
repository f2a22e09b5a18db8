import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** Whose code is not the platform's runs as: no privileges, no files of its own but what it is given. */
export type User = { uid: number; gid: number }

/** Where a program is, by PATH; only what the user may execute counts, so that nothing is found in the home of root. */
export function findProgram(name: string, path: string, user: User | undefined): string | undefined {
  for (const directory of path.split(delimiter)) {
    const candidate = join(directory, name)
    if (directory.startsWith('/') && isExecutable(candidate) && (user === undefined || isReachable(candidate, user))) return candidate
  }
  return undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // Not there, or not for us: both mean that it cannot be used.
    return false
  }
}

/** By the modes of the file and of every directory above it, as it is named and as it really is. */
export function isReachable(path: string, user: User): boolean {
  return [path, realpathSync(path)].every((name) => ancestors(name).every((part) => mayExecute(part, user)))
}

function mayExecute(path: string, user: User): boolean {
  const { uid, gid, mode } = statSync(path)
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  return (mode & bit) !== 0
}

function ancestors(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [path, ...ancestors(parent)]
}
