import { z } from 'zod'

export type Counts = { passed: number; failed: number }

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number() }),
  errors: z.array(z.unknown()),
})

/** A file that could not even be loaded counts as one failure, and so does a run that failed for a reason no test shows. */
export function countVitest(report: unknown, exitCode: number): Counts {
  const parsed = VitestReport.safeParse(report)
  if (!parsed.success) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, testResults } = parsed.data
  const broken = testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0).length
  return atLeastOneFailure({ passed: numPassedTests, failed: numFailedTests + broken }, exitCode)
}

export function countPlaywright(report: unknown, exitCode: number): Counts {
  const parsed = PlaywrightReport.safeParse(report)
  if (!parsed.success) return { passed: 0, failed: 1 }
  const { stats, errors } = parsed.data
  return atLeastOneFailure({ passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length }, exitCode)
}

export function summary(counts: readonly Counts[]): { line: string; failed: boolean } {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  return { line: `${passed} passed, ${failed} failed`, failed: failed > 0 }
}

const atLeastOneFailure = (counts: Counts, exitCode: number): Counts =>
  exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
