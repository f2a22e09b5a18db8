import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { bundleCli } from '../../scripts/bundle-cli.ts'
import { cliUser, everythingDescriptors, temporaryDirectory } from './cli.ts'
import { startFakePlatform } from './platform.ts'
import { openTerminal, putOnPath } from './terminal.ts'

const shared: { program: string; descriptors: Uint8Array } = { program: '', descriptors: new Uint8Array() }

/** Prepares what the tests of a file share: the CLI as it is delivered, bundled, and the descriptors of the test service. */
export function usePlatforms(): void {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  beforeAll(async () => {
    directory = await temporaryDirectory()
    shared.program = join(directory.path, 'micro.mjs')
    const [descriptors] = await Promise.all([everythingDescriptors(), bundleCli(shared.program)])
    shared.descriptors = descriptors
  })
  afterAll(() => directory[Symbol.asyncDispose]())
}

/** A platform of its own, and a user of the CLI who is logged in to it. */
export async function loggedIn() {
  const session = await platformAndUser()
  const { code, stderr } = await session.user.run(['login', '--username', 'alice', '--password-stdin'], { input: 'correct horse\n' })
  if (code !== 0) throw new Error(stderr)
  session.platform.calls.length = 0
  return session
}

export type Connected = Awaited<ReturnType<typeof platformAndUser>>

export async function platformAndUser() {
  const platform = await startFakePlatform(shared.descriptors)
  const directory = await temporaryDirectory()
  const user = cliUser(shared.program, directory.path, platform.address)
  return {
    platform,
    home: directory.path,
    user,
    /** A shell on a terminal, with `micro` in its path. */
    terminal: async (shell: string) =>
      openTerminal(shell, { cwd: directory.path, env: user.environment({ HOME: directory.path, PATH: await putOnPath(shared.program) }) }),
    async [Symbol.asyncDispose]() {
      user.stop()
      await platform[Symbol.asyncDispose]()
      await directory[Symbol.asyncDispose]()
    },
  }
}
