import { watch } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { resolvePath } from './deploy.ts'
import { isAlwaysIgnored } from './ignore-rules.ts'
import { safeText } from './text.ts'

/** Editors write a file in several steps, and tools several files: changes this close together are one. */
const settleMs = 120

/** Deploys, and deploys again whenever files change, until Ctrl-C. A deployment that fails is shown, and the next change tries again. */
export async function watchSource(ctx: Context, path: string, run: (force: boolean) => Promise<boolean>, force: boolean): Promise<void> {
  const signal = ctx.interrupted()
  const changes = watchChanges(resolvePath(path), signal) // before the first deployment, so that no change during it is missed
  await attempt(ctx, () => run(force))
  ctx.out.note(`Watching ${path} for changes; Ctrl-C ends it.`)
  while (await changes.next()) await attempt(ctx, () => run(false))
}

async function attempt(ctx: Context, run: () => Promise<boolean>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const { fromConnectError } = await import('./wire-error.ts')
    const failure = fromConnectError(error, (await ctx.api()).origin)
    if (!(failure instanceof PlatformError) || failure.code === 'canceled' || failure.code === 'unauthenticated') throw failure
    ctx.out.note(`Error: ${safeText(failure.message)}`)
    if (failure.details.hint) ctx.out.note(`  ${safeText(failure.details.hint)}`)
  }
}

/** `next` resolves with true when something changed and has settled, with false at the signal's end. */
export function watchChanges(root: string, signal: AbortSignal): { next(): Promise<boolean> } {
  let changedAtMs: number | undefined
  let wake = () => {}
  const note = () => {
    changedAtMs = performance.now()
    wake()
  }
  const collect = async () => {
    try {
      for await (const { filename } of watch(root, { recursive: true, signal })) {
        if (!filename?.split(/[/\\]/).some(isAlwaysIgnored)) note()
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
  const collecting = collect()
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    async next() {
      while (!signal.aborted) {
        if (changedAtMs === undefined) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), collecting])
        const waitMs = changedAtMs === undefined ? 0 : changedAtMs + settleMs - performance.now()
        if (waitMs > 0) await sleep(waitMs)
        else if (changedAtMs !== undefined) {
          changedAtMs = undefined
          return true
        }
      }
      return false
    },
  }
}
