import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DeploymentState } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { loggedIn, usePlatforms } from './testing/fixture.ts'

usePlatforms()

/** A session in which these services run. */
async function withServices(...names: string[]) {
  const session = await loggedIn()
  for (const name of names) {
    await mkdir(join(session.home, name))
    await writeFile(join(session.home, name, 'package.json'), `{"name":"${name}"}`)
    const { code, stderr } = await session.user.run(['run', `./${name}`])
    if (code !== 0) throw new Error(stderr)
  }
  return session
}

type Session = Awaited<ReturnType<typeof withServices>>
const listed = async ({ user }: Session, ...owner: string[]) =>
  JSON.parse((await user.run(['env-var', 'list', ...owner, '--json'])).stdout).map(
    ({ name, value, kind, delivery }: Record<string, unknown>) => [name, value, kind, delivery],
  )

describe('micro env-var', () => {
  it('sets variables, says what was changed, and follows the deployment to its end', async () => {
    await using session = await withServices('app')
    const { user } = session
    expect(await user.run(['env-var', 'set', 'app', 'A=1', 'B=x=y z', 'C='])).toMatchObject({
      code: 0,
      stdout: 'Set A, B, C of app.\napp v2 is live: http://brave-otter-42.localhost/app\n',
    })
    expect(await user.run(['env-var', 'set', 'app', 'A=1'])).toMatchObject({ code: 0, stdout: 'Nothing changed.\n' })
    expect((await user.run(['env-var', 'list', 'app'])).stdout).toMatch(
      /^NAME {2,}VALUE {2,}FROM {2,}STATE {2,}UPDATED {2,}BY\nA {2,}1 {2,}service {2,}live {2,}\d+s ago {2,}alice\nB {2,}x=y z /,
    )
    expect(await user.run(['env-var', 'unset', 'app', 'A'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Deleted A of app\./),
    })
    expect(await user.run(['env-var', 'unset', 'app', 'A'])).toMatchObject({ code: 4 })
    expect((await listed(session, 'app')).map(([name]: string[]) => name)).toEqual(['B', 'C'])
  })

  it('takes secrets from standard input and from files, and shows their values nowhere but by reveal', async () => {
    await using session = await withServices('app')
    const { user, home } = session
    await writeFile(join(home, 'key.pem'), '-----BEGIN-----\nabc\n')
    const one = await user.run(['env-var', 'set', 'app', '--secret', 'TOKEN'], { input: 's3cret-s3cret\n' })
    const two = await user.run(['env-var', 'set', 'app', '--file', 'KEY=@key.pem', '--no-deploy'])
    expect([one.code, two.code]).toEqual([0, 0])
    expect(two.stderr).toContain('`micro env-var apply app`')
    expect(await listed(session, 'app')).toEqual([
      ['TOKEN', null, 'secret', 'variable'],
      ['KEY', null, 'secret', 'file'],
    ])
    const table = await user.run(['env-var', 'list', 'app'])
    expect(table.stdout).toMatch(/TOKEN {2,}\(secret\)[\s\S]*KEY {2,}\(secret, a file\)/)
    for (const { stdout, stderr } of [one, two, table]) expect(stdout + stderr).not.toMatch(/s3cret|abc/)
    expect((await user.run(['env-var', 'reveal', 'app', 'TOKEN'])).stdout).toBe('s3cret-s3cret')
    expect((await user.run(['env-var', 'reveal', 'app', 'KEY'])).stdout).toBe('-----BEGIN-----\nabc\n')
    expect(await user.run(['env-var', 'apply', 'app'])).toMatchObject({ code: 0, stdout: expect.stringContaining('app v3 is live') })
  })

  it('takes a value that begins with @, and one from a file, without the end of its last line', async () => {
    await using session = await withServices('app')
    await writeFile(join(session.home, 'value'), 'from a file\n')
    await session.user.run(['env-var', 'set', 'app', 'A=@@handle', 'B=@value', '--no-deploy'])
    expect((await listed(session, 'app')).map(([, value]: string[]) => value)).toEqual(['@handle', 'from a file'])
  })

  it('sets variables of every service, and follows all of their deployments', async () => {
    await using session = await withServices('one', 'two')
    const { user, platform } = session
    const set = await user.run(['env-var', 'set', '--namespace-wide', 'REGION=eu'])
    expect(set.stdout).toMatch(/^Set REGION of every service\.\none v2 is live: .*\ntwo v2 is live: .*\n$/)
    const json = JSON.parse((await user.run(['env-var', 'set', '--namespace-wide', 'REGION=us', '--json'])).stdout)
    expect(json).toMatchObject({ changed: ['REGION'], deployments: [{ service: 'one', version: 3, state: 'live' }, { service: 'two' }] })
    expect(await listed(session, '--namespace-wide')).toEqual([['REGION', 'us', 'plain', 'variable']])
    platform.next = { ...platform.next, state: DeploymentState.FAILED, reason: 'It exited with code 1.' }
    const failed = await user.run(['env-var', 'unset', '--namespace-wide', 'REGION'])
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/one was not deployed[\s\S]*two was not deployed|two was not deployed[\s\S]*one was not/),
    })
  })

  it('imports a .env file, from standard input too', async () => {
    await using session = await withServices('app')
    const { user, home } = session
    await writeFile(join(home, '.env'), '# c\nexport A="two\\nlines"\nB=1\n')
    expect(await user.run(['env-var', 'import', 'app', '.env', '--no-deploy'])).toMatchObject({ code: 0, stdout: 'Set A, B of app.\n' })
    expect(await user.run(['env-var', 'import', 'app', '-', '--secret', '-d'], { input: 'C=hidden' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('app is being deployed'),
    })
    expect((await listed(session, 'app')).map(([name, value]: string[]) => [name, value])).toEqual([
      ['A', 'two\nlines'],
      ['B', '1'],
      ['C', null],
    ])
  })

  it.each([
    [['set'], 'NAME is missing'],
    [['set', 'app'], 'Nothing to set'],
    [['set', 'app', 'A B=1'], '"A B" is not the name of a variable'],
    [['set', 'app', 'A', 'B'], 'Only one value comes on standard input, not A and B'],
    [['set', 'app', 'A=@nowhere'], 'nowhere cannot be read (ENOENT)'],
    [['set', 'app', `${'sk_live_'.repeat(8)}/x=`], 'What stands before ='],
    [['list', 'app', '--namespace-wide'], 'not both'],
    [['unset', 'app'], 'Nothing to delete'],
    [['import', 'app'], 'FILE is missing'],
    [['reveal', '--namespace-wide', 'A', 'B'], 'one word too many'],
  ])('%j is refused before anything is asked of the server', async (args, message) => {
    await using session = await loggedIn()
    const { code, stderr } = await session.user.run(['env-var', ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
    expect(stderr).not.toContain('sk_live')
    expect(session.platform.calls).toEqual([])
  })
})
