import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cliUser, temporaryDirectory } from '../cli/testing/cli.ts'
import { bundleCli } from './bundle-cli.ts'

/** A bundle at `dist/micro.mjs` of an otherwise empty directory, as the installer leaves it. */
async function installed() {
  const directory = await temporaryDirectory()
  const program = join(directory.path, 'dist/micro.mjs')
  await mkdir(join(directory.path, 'dist'))
  await mkdir(join(directory.path, 'home'))
  await copyFile(bundle.program, program)
  const home = join(directory.path, 'home')
  return { root: directory.path, home, user: cliUser(program, home), [Symbol.asyncDispose]: directory[Symbol.asyncDispose] }
}

const bundle = { program: '' }

beforeAll(async () => {
  const directory = await temporaryDirectory()
  bundle.program = join(directory.path, 'made/micro.mjs')
  await bundleCli(bundle.program)
  return directory[Symbol.asyncDispose]
})

describe('the bundled CLI', () => {
  it('is one executable file that needs nothing beside it', async () => {
    await using place = await installed()
    expect((await stat(bundle.program)).mode & 0o111).toBe(0o111)
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8'))
    expect(await place.user.run(['--version'])).toEqual({ code: 0, stdout: `micro ${version}\n`, stderr: '' })
    expect((await place.user.run(['--help'])).stdout).toContain('micro COMMAND [flags]')
  })

  it('carries the templates of micro new', async () => {
    await using place = await installed()
    expect(await place.user.run(['new', 'hello', '--lang', 'go'])).toMatchObject({ code: 0 })
    expect(await readFile(join(place.home, 'hello/go.mod'), 'utf8')).toContain('module')
  })

  it('names no path of the machine that it was made on', async () => {
    expect(await readFile(bundle.program, 'utf8')).not.toContain(join(import.meta.dirname, '..'))
  })

  it('says where the server is to be had when it stands alone', async () => {
    await using place = await installed()
    expect(await place.user.run(['server'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in a checkout of Micro; `npm start` starts the server there'),
    })
  })

  it('hands over to the server of its checkout: flags as environment, its exit code as ours', async () => {
    await using place = await installed()
    await mkdir(join(place.root, 'processes'))
    const server =
      'export async function main(argv) { console.log(JSON.stringify([argv, process.env.MICRO_PORT, process.env.MICRO_HOST])); return 7 }'
    await writeFile(join(place.root, 'processes/server.ts'), server)
    await writeFile(join(place.root, 'package.json'), '{"type":"module"}')
    const result = await place.user.run(['server', '--only', 'router', '--port', '9999', '--host=127.0.0.1'])
    expect(result).toMatchObject({ code: 7, stdout: '[["--only","router"],"9999","127.0.0.1"]\n' })
  })
})
