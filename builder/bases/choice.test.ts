import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeDirectory, temporaryDirectory } from '../../testing/builds.ts'
import { choiceFile, parseChoice, readChoice, recordChoice } from './choice.ts'

let directory: string
beforeAll(async () => {
  directory = await temporaryDirectory('micro-choice-')
})
afterAll(() => removeDirectory(directory))

test('names images by kind, and those of this machine by one word', () => {
  expect(parseChoice([])).toEqual({ local: false, named: {} })
  expect(parseChoice(['local', 'node=registry.example.com:5000/team/node:24'])).toEqual({
    local: true,
    named: { node: 'registry.example.com:5000/team/node:24' },
  })
})

test.each(['ruby=ruby:3', 'node', 'node=', 'node=--rm', '=x'])('%s names nothing', (entry) => {
  expect(() => parseChoice([entry])).toThrow(`${entry} is neither`)
})

test('what was recorded holds until it is taken back; the setting wins', async () => {
  const file = choiceFile(join(directory, 'data'))
  expect(await readChoice(file, [])).toEqual({ local: false, named: {} })
  await recordChoice(file, { local: true })
  expect(await readChoice(file, ['go=golang:1'])).toEqual({ local: true, named: { go: 'golang:1' } })
  await recordChoice(file, { local: false })
  expect(await readChoice(file, [])).toEqual({ local: false, named: {} })
  expect(await readChoice(file, ['local'])).toEqual({ local: true, named: {} })
})
