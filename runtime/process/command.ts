import { access, constants, stat } from 'node:fs/promises'
import { delimiter, dirname, resolve } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import type { User } from './user.ts'

/** @throws PlatformError `failed_precondition` when the command cannot be executed from the directory by the user */
export async function requireExecutable(
  argv: readonly string[],
  where: { cwd: string; path: string; user: User | undefined },
): Promise<void> {
  const { cwd, path, user } = where
  const [name] = argv
  if (!name) throw cannotStart('The start command is empty.', 'COMMAND_EMPTY', 'Give one with `start` in micro.yaml.')
  if (!(await isDirectory(cwd)) || !(await canExecute(cwd, user))) {
    throw cannotStart(
      'The working directory of the start command does not exist, or cannot be entered by the user that runs instances.',
      'WORKING_DIRECTORY_MISSING',
      'Check the path, and that every directory above it may be traversed.',
    )
  }
  const candidates = name.includes('/') ? [resolve(cwd, name)] : path.split(delimiter).map((directory) => resolve(cwd, directory, name))
  let exists = false
  for (const candidate of candidates) {
    if (!(await isFile(candidate))) continue
    if (await canExecute(candidate, user)) return
    exists = true
  }
  throw exists
    ? cannotStart(
        `The start command \`${name}\` exists but may not be executed.`,
        'COMMAND_NOT_EXECUTABLE',
        'Make it executable: `chmod +x`.',
      )
    : cannotStart(
        `The start command \`${name}\` was not found.`,
        'COMMAND_NOT_FOUND',
        'Install it on this machine, or change the start command.',
      )
}

const cannotStart = (message: string, reason: string, hint: string): PlatformError =>
  new PlatformError('failed_precondition', message, { reason, hint })

const isFile = async (path: string): Promise<boolean> => (await status(path))?.isFile() === true
const isDirectory = async (path: string): Promise<boolean> => (await status(path))?.isDirectory() === true

// Any failure to look means that it is not there for us.
const status = (path: string) => stat(path).catch(() => undefined)

/** For another user than ourselves the modes are read, of the path and of every directory above it. */
async function canExecute(path: string, user: User | undefined): Promise<boolean> {
  if (!user)
    return access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
  for (let at = path; ; at = dirname(at)) {
    const found = await status(at)
    if (!found) return false
    const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return false
    if (at === dirname(at)) return true
  }
}
