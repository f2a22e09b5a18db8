import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { PlatformError } from '../../lib/errors.ts'

export type User = { uid: number; gid: number }

const name = 'micro-tenant'

/** The unprivileged system user that runs tenants' code when the platform is root, made when it is missing; undefined for a platform that is not root. */
export async function tenantUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const existing = await find()
  if (existing) return existing
  try {
    await promisify(execFile)('useradd', useraddArguments())
  } catch (cause) {
    // Another process of the platform may have made it at the same moment.
    const made = await find()
    if (made) return made
    throw new PlatformError('failed_precondition', `The system user ${name}, which runs tenants' code, could not be made.`, {
      reason: 'TENANT_USER_MISSING',
      hint: `Make it with \`useradd ${useraddArguments().join(' ')}\`, or start the server as an ordinary user.`,
      cause,
    })
  }
  const made = await find()
  if (!made) throw new PlatformError('internal', `useradd made ${name}, but it is not in /etc/passwd.`)
  return made
}

export const useraddArguments = (): string[] => [
  '--system',
  '--user-group',
  '--no-create-home',
  '--home-dir',
  '/nonexistent',
  '--shell',
  '/usr/sbin/nologin',
  name,
]

const find = async (): Promise<User | undefined> => findUser(await readFile('/etc/passwd', 'utf8'), name)

export function findUser(passwd: string, wanted: string): User | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':')
    if (user === wanted && uid && gid) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}
