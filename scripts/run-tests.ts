import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cliBundle, consoleBuild, generation } from '../processes/prepare/steps.ts'
import { prepare } from '../processes/prepare.ts'
import { createProgress } from '../processes/progress.ts'
import { type Counts, countPlaywright, countVitest, summary } from './test-counts.ts'
import { provideTools } from './test-tools.ts'

/** Runs Vitest, then Playwright, and adds up what they report. Arguments are file filters of Vitest, which then runs alone. */
const filters = process.argv.slice(2)
const inCi = process.env.CI === 'true'
const reports = await mkdtemp(join(tmpdir(), 'micro-test-reports-'))
try {
  process.exitCode = await testAll()
} finally {
  await rm(reports, { recursive: true, force: true })
}

async function testAll(): Promise<number> {
  const missing = await provideTools()
  const progress = createProgress(process.stdout)
  await prepare(generation, progress)
  const counts: Counts[] = [await vitest()]
  if (filters.length === 0 && (await hasBrowserTests())) counts.push(await browserTests(missing.chromium))
  const { line, failed } = summary(counts)
  console.log(`\n${line}`)
  return failed ? 1 : 0

  async function browserTests(whyNot: string | undefined): Promise<Counts> {
    if (whyNot !== undefined) return skipped('The browser tests', whyNot)
    await prepare([consoleBuild, cliBundle], progress)
    progress.end()
    return playwright()
  }
}

async function vitest(): Promise<Counts> {
  const report = join(reports, 'vitest.json')
  const code = await run(
    'node_modules/vitest/vitest.mjs',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
    {},
  )
  return countVitest(await readReport(report), code)
}

async function playwright(): Promise<Counts> {
  const report = join(reports, 'playwright.json')
  const code = await run('node_modules/@playwright/test/cli.js', ['test', '--reporter=list,json'], { PLAYWRIGHT_JSON_OUTPUT_FILE: report })
  return countPlaywright(await readReport(report), code)
}

/** In CI a suite that did not run is no success. */
function skipped(what: string, why: string): Counts {
  console.log(`\n${what} did not run: ${why}`)
  return { passed: 0, failed: inCi ? 1 : 0 }
}

async function hasBrowserTests(): Promise<boolean> {
  return existsSync('e2e') && (await readdir('e2e', { recursive: true })).some((name) => /\.spec\.ts$/.test(name))
}

function run(program: string, args: readonly string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit', env: { ...process.env, ...env } })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

async function readReport(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined) // the suite died before it could report
  return text === undefined ? undefined : JSON.parse(text)
}
