import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pathsOf } from '../../config/paths.ts'
import { temporaryDirectory } from '../../testing/data-directory.ts'
import { ensurePrivateDirectory } from '../directories.ts'
import { openLogFile } from './log-file.ts'
import { childOutput, forPeople } from './output.ts'

test('warnings and errors reach the terminal, everything reaches the log', async () => {
  const paths = pathsOf(await temporaryDirectory())
  await ensurePrivateDirectory(paths.logs)
  const shown: string[] = []
  const output = childOutput(paths, (line) => shown.push(line))
  const onLine = output.onLine('router')
  onLine('{"level":30,"msg":"listening"}')
  onLine('{"level":40,"msg":"slow upstream"}')
  onLine('not a log line')
  output.close()
  expect(shown).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d router: slow upstream$/)])
  expect((await readFile(join(paths.logs, 'router.log'), 'utf8')).split('\n')).toHaveLength(4)
})

test("an error's cause is shown, and nothing in it can steer the terminal", () => {
  expect(forPeople(JSON.stringify({ level: 50, msg: 'deploy failed', err: { message: 'exit \u001b[2J1' } }))).toBe(
    'deploy failed: exit \\x1b[2J1',
  )
  expect(forPeople(JSON.stringify({ level: 40, msg: 'request failed', err: { message: 'It is not there.: connect ENOENT' } }))).toBe(
    'request failed: It is not there: connect ENOENT',
  )
})

test('a log file that has grown large is set aside, and the oldest goes', async () => {
  const directory = await temporaryDirectory()
  const file = openLogFile(join(directory, 'x.log'), 20)
  for (let number = 0; number < 12; number++) file.write(`line number ${number}`)
  file.close()
  expect((await readdir(directory)).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2', 'x.log.3'])
  expect(await readFile(join(directory, 'x.log'), 'utf8')).toBe('line number 11\n')
  expect(await readFile(join(directory, 'x.log.1'), 'utf8')).toBe('line number 10\n')
})
