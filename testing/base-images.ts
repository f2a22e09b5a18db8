import type { Base } from '../builder/bases/base.ts'
import { createBases } from '../builder/bases/bases.ts'
import { defaultEngine } from '../builder/image/engine.ts'

/** Base images of tests: always those that are made on this machine, which need no registry of images. */
export const testBases = createBases(defaultEngine, {
  path: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
  choice: async () => ({ local: true, named: {} }),
})

/** On a machine that has none of them yet: Debian's packages take a minute, Java another. */
export const basesTimeoutMs = 400_000

/** Makes what is not there yet, and gives the images' names. */
export async function requireBases(...wanted: Base[]): Promise<string[]> {
  const names: string[] = []
  for (const base of wanted) {
    const image = await testBases.ensure(base, { signal: AbortSignal.timeout(basesTimeoutMs), onLog: () => undefined })
    names.push(image.name)
  }
  return names
}
