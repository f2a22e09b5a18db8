import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

function terminal(isTTY: boolean) {
  let text = ''
  return { isTTY, write: (chunk: string) => (text += chunk), text: () => text }
}

test('in a pipe, each stage is one plain line with its time', async () => {
  const output = terminal(false)
  const progress = createProgress(output)
  expect(await progress.stage('Starting PostgreSQL', async () => 5432)).toBe(5432)
  progress.end()
  expect(output.text()).toMatch(/^ {2}✓ Starting PostgreSQL \(\d+\.\d s\)\n$/)
})

test('on a terminal, what runs is shown while it runs', async () => {
  const output = terminal(true)
  const progress = createProgress(output)
  const gate = Promise.withResolvers<void>()
  const stage = progress.stage('Building the console', () => gate.promise)
  await expect.poll(output.text).toContain('Building the console … 0 s')
  gate.resolve()
  await stage
  progress.end()
  expect(output.text()).toContain('✓')
})

test.each([120, 80, 30])('on a terminal of %i columns, what runs at once takes one line, which can be drawn over', async (columns) => {
  const output = terminal(true)
  const progress = createProgress({ ...output, columns })
  const gate = Promise.withResolvers<void>()
  const titles = ['Starting PostgreSQL', 'Generating code from proto/', 'Generating the database client', 'Building the console']
  const stages = titles.map((title) => progress.stage(title, () => gate.promise))
  await expect.poll(output.text).toContain('Starting PostgreSQL')
  const drawn = output.text().split('\r\u001b[2K').slice(1)
  expect(drawn.filter((line) => line.length > columns)).toEqual([])
  gate.resolve()
  await Promise.all(stages)
  progress.end()
})

test('of several that fail, the first is shown: the others were only told to give up', async () => {
  const output = terminal(false)
  const progress = createProgress(output)
  const failing = (title: string) => progress.stage(title, () => Promise.reject(new Error(title)))
  await expect(failing('Applying migrations')).rejects.toThrow()
  await expect(failing('Building the console')).rejects.toThrow()
  expect(output.text()).toMatch(/^ {2}✗ Applying migrations \(\d+\.\d s\)\n$/)
})
