import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../testing/data-directory.ts'
import { waitFor } from '../../testing/wait-for.ts'
import { identify } from '../identity.ts'
import { childUnit } from './child.ts'
import { keepRunning } from './unit.ts'

const never = new AbortController().signal
const atOnce = AbortSignal.abort()

/** A child of ours with the given program, kept running; `pids` are those that came up, in order. */
async function child(program: string) {
  const directory = await temporaryDirectory()
  const file = join(directory, 'program.mjs')
  await writeFile(file, program)
  const lines: string[] = []
  const reports: string[] = []
  const options = {
    name: 'child',
    arguments: [file],
    env: process.env,
    pidFile: join(directory, 'child.pid'),
    onLine: (line: string) => lines.push(line),
  }
  const keep = async () => {
    const kept = await keepRunning(childUnit(options), (sentence) => reports.push(sentence), never)
    onTestFinished(() => kept.stop(atOnce))
    return kept
  }
  const pids = () => lines.filter((line) => line.startsWith('pid ')).map((line) => Number(line.slice(4)))
  return { keep, lines, reports, pids, options }
}

const steady = `
  process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0) })
  process.on('disconnect', () => process.exit(0))
  console.log('pid ' + process.pid)
  process.send({ type: 'ready' })`

test('a child is started, asked to stop, and gone', async () => {
  const { keep, lines, pids } = await child(steady)
  const kept = await keep()
  const [pid = 0] = await waitFor('its pid', () => pids().length > 0 && pids())
  await kept.stop(never)
  expect(lines).toContain('asked to stop')
  expect(await identify(pid)).toBeUndefined()
})

test('a child that is killed comes back', async () => {
  const { keep, pids, reports } = await child(steady)
  await keep()
  const [first = 0] = await waitFor('the first', () => pids().length === 1 && pids())
  process.kill(first, 'SIGKILL')
  const [, second = 0] = await waitFor('the second', () => pids().length === 2 && pids())
  expect(second).not.toBe(first)
  await waitFor('the report', () => reports.length === 2)
  expect(reports).toEqual(['child ended (SIGKILL); it is started again.', 'child runs again.'])
})

test('a child that goes on ending is started again later and later, and a sentence says so', async () => {
  const { keep, reports } = await child("process.send({ type: 'ready' }, () => process.exit(3))")
  const kept = await keep()
  await waitFor('the third failure', () => reports.some((report) => report.includes('keeps ending')))
  expect(reports.find((report) => report.includes('keeps ending'))).toBe(
    'child keeps ending (exit code 3, 3 times in a row); it is started again in 1 s.',
  )
  await kept.stop(never)
})

test('a child that ignores SIGTERM is killed when patience ends', async () => {
  const { keep, pids } = await child(
    `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); ${steady.replace(/process.on\('SIGTERM'.*\n/, '')}`,
  )
  const kept = await keep()
  const [pid = 0] = await waitFor('its pid', () => pids().length > 0 && pids())
  await kept.stop(AbortSignal.timeout(100))
  expect(await identify(pid)).toBeUndefined()
})

test('a child that never gets ready fails the start, with its last lines', async () => {
  const { keep } = await child("console.error('cannot find the thing'); process.exitCode = 1")
  await expect(keep()).rejects.toThrow(/The child did not start \(exit code 1\)\. Its last lines:\n {2}cannot find the thing/)
})

test('what a child says is wrong is passed on as it is', async () => {
  const { keep } = await child("process.send({ type: 'failed', message: 'Port 80 is in use.', hint: 'Free it.' }, () => process.exit(2))")
  await expect(keep()).rejects.toMatchObject({ message: 'Port 80 is in use.', details: { hint: 'Free it.' } })
})

test('a start that is given up leaves no process', async () => {
  const { options, pids } = await child("console.log('pid ' + process.pid); setInterval(() => undefined, 1000)")
  const giveUp = new AbortController()
  const starting = childUnit(options).start(giveUp.signal)
  const [pid = 0] = await waitFor('its pid', () => pids().length > 0 && pids())
  giveUp.abort()
  await expect(starting).rejects.toThrow(/did not start/)
  await waitFor('it has gone', async () => (await identify(pid)) === undefined)
})
