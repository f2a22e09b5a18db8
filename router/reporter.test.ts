import { expect, test } from 'vitest'
import { createReporter } from './reporter.ts'
import { until } from './testing.ts'

test('many changes are told together, the newest last, and the same never twice', async () => {
  let state = 0
  const told: number[] = []
  const reporter = createReporter({ read: () => ({ state, text: String(state) }), tell: async (each) => void told.push(each) })
  for (state = 1; state < 100; state++) reporter.changed()
  await until(() => told.at(-1) === 100)
  expect(told.length).toBeLessThan(4)
  const before = told.length
  reporter.changed()
  state = 101
  reporter.changed()
  await until(() => told.at(-1) === 101)
  expect(told.length).toBe(before + 1)
  reporter.again()
  await until(() => told.length === before + 2)
  await reporter.close()
})

test('what could not be told is told later', async () => {
  let attempts = 0
  const reporter = createReporter({
    read: () => ({ state: 'x', text: 'x' }),
    async tell() {
      if (++attempts < 2) throw new Error('Away.')
    },
  })
  reporter.changed()
  await until(() => attempts === 2)
  await reporter.close()
})
