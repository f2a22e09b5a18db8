import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PlatformError } from '../../lib/errors.ts'

const run = promisify(execFile)
const name = 'postgres'

/** Whom PostgreSQL runs as: it refuses to be root. Empty: as whoever we are. */
export type Account = { uid?: number; gid?: number }

export async function accountForPostgres(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  return (await lookUp()) ?? (await create())
}

/** Every directory above must let that user pass: root's home does not. */
export async function requireReachable(directory: string, account: Account): Promise<void> {
  if (account.uid === undefined) return
  const reachable = await run('test', ['-x', directory], { ...account, cwd: '/' }).then(
    () => true,
    () => false,
  )
  if (reachable) return
  throw new PlatformError('failed_precondition', `PostgreSQL runs as the user ${name} here, and that user cannot reach ${directory}.`, {
    reason: 'DATA_DIRECTORY_UNREACHABLE',
    hint: 'Set MICRO_DATA to a directory whose parents other users may pass through, such as /var/lib/micro.',
  })
}

async function lookUp(): Promise<Account | undefined> {
  const ids = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]).catch(() => undefined) // no such user
  return ids && { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) }
}

async function create(): Promise<Account> {
  try {
    await run('groupadd', ['--system', '--force', name])
    await run('useradd', [
      '--system',
      '--gid',
      name,
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      name,
    ])
  } catch (cause) {
    // Two servers that start at once both try; the later one finds the other's.
    const account = await lookUp()
    if (account) return account
    throw new PlatformError(
      'failed_precondition',
      `PostgreSQL does not run as root, and a user named ${name} could not be created for it.`,
      {
        cause,
        hint: `Create the user ${name}, or start Micro as another user than root.`,
      },
    )
  }
  const account = await lookUp()
  if (!account) throw new PlatformError('internal', `The user ${name} was created, but the system does not find it.`)
  return account
}
