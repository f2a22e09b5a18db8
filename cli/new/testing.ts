import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'vitest'
import { exec } from '../../lib/exec.ts'
import { generateService, type NewService } from './generate.ts'
import type { Language } from './names.ts'
import { writeService } from './write.ts'

/** Kept between runs: a fresh download and compilation of each language's gRPC takes minutes. */
const caches = join(tmpdir(), `micro-template-caches-${userInfo().username}`)

const repository = join(import.meta.dirname, '..', '..')

/** Everything the tests' programs see. The Node that runs the tests comes first, then this repository's tools, then Go where its installer puts it. */
export const environment: Readonly<Record<string, string>> = {
  ...(process.env as Record<string, string>),
  PATH: [
    dirname(process.execPath),
    join(repository, 'node_modules', '.bin'),
    join(caches, 'go-bin'),
    process.env.PATH,
    '/usr/local/go/bin',
  ].join(delimiter),
  npm_config_cache: join(caches, 'npm'),
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  PIP_CACHE_DIR: join(caches, 'pip'),
  PYTHONDONTWRITEBYTECODE: '1',
  GOMODCACHE: join(caches, 'go-mod'),
  GOCACHE: join(caches, 'go-build'),
  GOBIN: join(caches, 'go-bin'),
  // Without it Go writes its module cache read-only, so that nobody can delete it.
  GOFLAGS: `${process.env.GOFLAGS ?? ''} -modcacherw`.trim(),
  GOTOOLCHAIN: 'local',
}

/** Runs a program to its end and gives its standard output; one that fails throws all that it printed. */
export async function run(argv: readonly string[], cwd: string, env: Readonly<Record<string, string>> = environment): Promise<string> {
  const result = await exec(argv, { cwd, env, timeoutMs: 540_000 })
  if (result.code !== 0) throw new Error(`${argv.join(' ')} ended with ${result.code ?? result.signal}:\n${result.stdout}${result.stderr}`)
  return result.stdout
}

/** An empty directory of its own that is gone after use. */
export async function scratchDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'micro-new-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A generated service on disk, and gone after use. */
export async function generatedService(service: NewService) {
  const scratch = await scratchDirectory()
  const files = generateService(service)
  const path = join(scratch.path, service.name)
  await writeService(path, files)
  return { ...scratch, path, files }
}

/** Skips a test whose language isn't on this machine, and says why. In CI that is a failure. */
export async function needsToolchain(language: Language, context: TestContext): Promise<void> {
  await mkdir(caches, { recursive: true })
  const missing = await toolchains[language]()
  if (missing === undefined) return
  if (process.env.CI === 'true') throw new Error(missing)
  context.skip(missing)
}

/** For each language, what is missing of it on this machine. */
const toolchains: Record<Language, () => Promise<string | undefined>> = {
  typescript: () => failureOf(['npm', '--version']),
  python: () => failureOf(['python3', '-c', 'import sys, venv, ensurepip; assert sys.version_info >= (3, 11), sys.version']),
  async go() {
    const missing = await failureOf(['go', 'version'])
    if (missing !== undefined) return missing
    const version = await run(['go', 'env', 'GOVERSION'], tmpdir())
    const minor = Number(/^go1\.(\d+)/.exec(version)?.[1])
    return minor >= 24 ? undefined : `Go 1.24 is needed, and this machine has ${version.trim()}`
  },
}

async function failureOf(argv: readonly string[]): Promise<string | undefined> {
  try {
    await run(argv, tmpdir())
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
