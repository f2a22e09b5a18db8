import { expect, test } from 'vitest'
import { countPlaywright, countVitest, summary } from './test-counts.ts'

const vitest = (passed: number, failed: number, files: { status: string; assertionResults: unknown[] }[] = []) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  testResults: files,
})

test('the counts of all suites are added up', () => {
  const counts = [countVitest(vitest(10, 0), 0), countPlaywright({ stats: { expected: 3, unexpected: 0, flaky: 1 }, errors: [] }, 0)]
  expect(summary(counts)).toEqual({ line: '14 passed, 0 failed', failed: false })
})

test('a failed test fails the run', () => {
  expect(summary([countVitest(vitest(10, 2), 1)])).toEqual({ line: '10 passed, 2 failed', failed: true })
})

test('a file that does not load is a failure, though none of its tests ran', () => {
  expect(countVitest(vitest(10, 0, [{ status: 'failed', assertionResults: [] }]), 1)).toEqual({ passed: 10, failed: 1 })
})

test('a suite that fails without a failed test, or without a report, is a failure', () => {
  expect(countVitest(vitest(10, 0), 1)).toEqual({ passed: 10, failed: 1 })
  expect(countVitest(undefined, 0)).toEqual({ passed: 0, failed: 1 })
  expect(countPlaywright(undefined, 0)).toEqual({ passed: 0, failed: 1 })
  expect(countPlaywright({ stats: { expected: 2, unexpected: 0, flaky: 0 }, errors: ['no such file'] }, 1)).toEqual({
    passed: 2,
    failed: 1,
  })
})
