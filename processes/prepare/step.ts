import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Something made from files of the checkout: needed again only when the content of those files has changed. */
export type Step = {
  name: string
  title: string
  /** Glob patterns, relative to the checkout. */
  inputs: readonly string[]
  /** File beside the output that says what it was made from. Whatever removes the output removes it too. */
  stamp: string
  make(checkout: string, signal: AbortSignal): Promise<void>
}

export async function isCurrent(step: Step, checkout: string): Promise<boolean> {
  const stamp = await readFile(join(checkout, step.stamp), 'utf8').catch(() => undefined) // never made
  return stamp === contentHash(step, checkout)
}

export async function makeStep(step: Step, checkout: string, signal: AbortSignal): Promise<void> {
  // Read before the work: what changes meanwhile makes the stamp differ.
  const hash = contentHash(step, checkout)
  await step.make(checkout, signal)
  const stamp = join(checkout, step.stamp)
  await mkdir(dirname(stamp), { recursive: true })
  await writeFile(stamp, hash)
}

function contentHash(step: Step, checkout: string): string {
  const hash = createHash('sha256')
  const files = globSync([...step.inputs], { cwd: checkout, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    const content = readFileSync(file)
    hash.update(`${file.slice(checkout.length)}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
