import { createHash, randomUUID } from 'node:crypto'
import { realpathSync, statSync } from 'node:fs'
import { chmod, copyFile, lchown, lstat, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import type { CommandJob } from './commands.ts'
import { linkTree } from './link-tree.ts'
import { giveTo, takeBack } from './ownership.ts'
import type { Plan, Step, StepCache } from './plan.ts'
import { findProgram, type User } from './programs.ts'

const keptResults = 8

/**
 * Gives the source's directory what the step would make there: the result kept from an earlier build, else a new one, which is then kept.
 * A kept result belongs to the platform, so that one build can't change what the next one gets.
 * @returns its size
 */
export async function cachedStep(job: CommandJob, plan: Plan, step: Step & { cache: StepCache }, directory: string): Promise<number> {
  const kept = join(job.cache, step.cache.directory.replace(/^\./, ''), keyOf(job, step))
  const target = join(directory, step.cache.directory)
  await rm(target, { recursive: true, force: true })
  let sizeBytes = await sizeOf(kept)
  if (sizeBytes === undefined) sizeBytes = await job.stage(step.title, () => make(job, plan, step, directory, kept))
  else job.say(`${step.title} (cached)`)
  await linkTree(join(kept, 'result'), target)
  return sizeBytes
}

function keyOf({ machine }: CommandJob, { commands, cache }: Step & { cache: StepCache }): string {
  const [first = ''] = commands.map((command) => (typeof command === 'string' ? '/bin/sh' : (command[0] ?? '')))
  const program = first.includes('/') ? first : findProgram(first, machine.path, machine.user)
  const identity = program === undefined ? [] : [realpathSync(program), statSync(program).mtimeMs]
  const parts = [commands, cache.key, identity, process.version, process.platform, process.arch]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)
}

/** Present only for a result that is whole: it is renamed into place with its size. */
async function sizeOf(kept: string): Promise<number | undefined> {
  const text = await readFile(join(kept, 'size'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const now = new Date()
  await utimes(kept, now, now)
  return Number(text)
}

async function make(job: CommandJob, plan: Plan, step: Step & { cache: StepCache }, directory: string, kept: string): Promise<number> {
  const draft = join(job.scratch, `step-${randomUUID()}`)
  await mkdir(draft)
  for (const input of step.cache.inputs) {
    await mkdir(dirname(join(draft, input)), { recursive: true })
    await copyFile(join(directory, input), join(draft, input))
  }
  const { user } = job.machine
  if (user) await giveTo(draft, user)
  for (const command of step.commands) {
    await job.run(command, {
      cwd: draft,
      programs: plan.programs,
      env: {},
      ...(step.missing === undefined ? {} : { missing: step.missing }),
    })
  }
  await job.quiet()
  const result = join(draft, step.cache.directory)
  await claim(draft, user)
  await requireDirectory(result, step)
  const sizeBytes = await takeBack(result, user)

  const whole = join(job.scratch, `kept-${randomUUID()}`)
  await mkdir(whole)
  await rename(result, join(whole, 'result'))
  await writeFile(join(whole, 'size'), String(sizeBytes))
  await mkdir(dirname(kept), { recursive: true })
  await rename(whole, kept).catch((error: NodeJS.ErrnoException) => {
    // Another build of the namespace made the same one meanwhile.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
  })
  await forgetOldest(dirname(kept))
  return sizeBytes
}

/** From now on no process of the user can exchange what stands in the directory. */
async function claim(directory: string, user: User | undefined): Promise<void> {
  if (!user) return
  await lchown(directory, process.getuid?.() ?? 0, process.getgid?.() ?? 0)
  await chmod(directory, 0o755)
}

/** A step may leave anything in the place of its result; a link there would have the files behind it taken for the tenant's own. */
async function requireDirectory(path: string, { title, cache }: Step & { cache: StepCache }): Promise<void> {
  const stats = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!stats) await mkdir(path)
  else if (!stats.isDirectory())
    throw new PlatformError('failed_precondition', `The build failed: ${title} made ${cache.directory}, but not as a directory.`, {
      reason: 'BUILD_FAILED',
      hint: `Leave ${cache.directory} to the package manager.`,
    })
}

/** Artifacts hold links of their own to the files, so nothing that was built loses any. */
async function forgetOldest(folder: string): Promise<void> {
  const results = await Promise.all(
    (await readdir(folder)).map(async (name) => ({ name, usedAt: (await stat(join(folder, name))).mtimeMs })),
  )
  results.sort((a, b) => b.usedAt - a.usedAt)
  await Promise.all(results.slice(keptResults).map(({ name }) => rm(join(folder, name), { recursive: true, force: true })))
}
