import { writeSync } from 'node:fs'
import { flushCompileCache } from 'node:module'

/** What each child of the supervisor loads: see `start` in role.ts. */
const parts: Readonly<Record<string, () => readonly Promise<unknown>[]>> = {
  router: () => [import('../config/router.ts'), import('./router.ts')],
  platform: () => [import('../config/platform.ts'), import('./platform.ts')],
  console: () => [import('../config/console.ts'), import('./console.ts')],
}

/**
 * Loads the code of one part and runs nothing of it, so that Node keeps it compiled. A process that finds all of its code so starts
 * faster, and does without Node's type stripper, which takes 17 MB for as long as the process lives.
 */
export async function compile(part = ''): Promise<void> {
  const load = parts[part]
  if (!load) throw new Error(`There is no part named ${part}.`)
  const { runRole } = await import('./role.ts')
  await Promise.all([runRole, ...load()])
}

/** What the process prints once all of its code is kept. */
export const compiled = 'compiled'

/**
 * Ends this process at once. An ordinary end waits for V8's own threads, which Node 24 was seen to do for ever after so much was loaded and
 * nothing of it run; there is nothing here that it could still be needed for.
 */
export function endCompiled(): void {
  flushCompileCache()
  writeSync(1, `${compiled}\n`)
  process.kill(process.pid, 'SIGKILL')
}
