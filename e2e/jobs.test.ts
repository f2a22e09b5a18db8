import { afterAll, beforeAll, expect, test } from 'vitest'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
beforeAll(async () => {
  micro = await startInstallation()
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  const yaml = [
    'release: "echo migrated $MICRO_RELEASE"',
    'cron:',
    '  - name: tidy',
    '    schedule: "0 3 * * *"',
    '    command: "echo tidied"',
  ]
  await micro.ok('run', await micro.source('shop', { ...answering('hello'), 'micro.yaml': `${yaml.join('\n')}\n` }))
}, 240_000)
afterAll(() => micro?.close())

test('the release command ran before, and its output is in the log of the build', { timeout: 60_000 }, async () => {
  expect(await micro.ok('logs', 'shop', '--build')).toContain('migrated v1')
})

test('a command runs beside the service, and its exit code is that of micro', { timeout: 60_000 }, async () => {
  const code = 'console.log(process.argv[1], process.env.MICRO_SERVICE); process.exit(7)'
  expect(await micro.micro('exec', 'shop', '--', 'node', '-e', code, 'a $HOME')).toMatchObject({
    code: 7,
    stdout: 'a $HOME shop\n',
    stderr: 'It exited with code 7.\n',
  })
  expect(await micro.micro('exec', 'shop', '--timeout', '1s', '--', 'sleep', '60')).toMatchObject({ code: 124 })
  expect(await micro.micro('exec', 'shop', '--', 'no-such-program')).toMatchObject({ code: 127 })
})

test('jobs are listed, their output is kept, and one can be canceled', { timeout: 60_000 }, async () => {
  const { id } = JSON.parse(await micro.ok('job', 'run', 'shop', '--json', '--', 'sh', '-c', 'echo begun; sleep 300'))
  await expect.poll(() => micro.ok('job', 'logs', id), { timeout: 20_000 }).toContain('begun')
  await micro.ok('job', 'cancel', id)
  await micro.ok('job', 'logs', id, '--follow')
  expect(JSON.parse(await micro.ok('job', 'list', 'shop', '--json'))[0]).toMatchObject({ id, state: 'canceled', kind: 'job' })
})

test('a cron entry tells when it is due, and can be run before', { timeout: 60_000 }, async () => {
  expect(await micro.ok('job', 'cron', 'shop')).toMatch(/tidy +0 3 \* \* \* +UTC +\d{4}-\d\d-\d\dT03:00:00Z/)
  const { id } = JSON.parse(await micro.ok('job', 'run', 'shop', '--entry', 'tidy', '--json'))
  expect(await micro.ok('job', 'logs', id, '-f')).toContain('tidied')
  expect(JSON.parse(await micro.ok('job', 'list', 'shop', '--json'))[0]).toMatchObject({
    id,
    kind: 'cron',
    entry: 'tidy',
    state: 'succeeded',
  })
})
