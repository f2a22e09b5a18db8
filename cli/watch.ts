import { watch } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { PlatformError } from '../lib/errors.ts'
import type { Context } from './context.ts'
import { cacheDirectory, resolvePath } from './deploy.ts'
import { hashFiles } from './file-hashes.ts'
import { isAlwaysIgnored } from './ignore-rules.ts'
import { safeText } from './text.ts'
import { walk } from './walk.ts'

/** Editors write a file in several steps, and tools several files: changes this close together are one. */
const settleMs = 120

/** Deploys, and deploys again whenever files change, until Ctrl-C. A deployment that fails is shown, and the next change tries again. */
export async function watchSource(ctx: Context, path: string, run: (force: boolean) => Promise<void>, force: boolean): Promise<void> {
  const signal = ctx.interrupted()
  const root = resolvePath(path)
  const changes = watchChanges(root, signal) // before the first deployment, so that no change during it is missed
  let digest = await sourceDigest(ctx, root)
  await attempt(ctx, () => run(force))
  ctx.out.note(`Watching ${path} for changes; Ctrl-C ends it.`)
  while (await changes.next()) {
    const before = digest
    await attempt(ctx, async () => {
      digest = await sourceDigest(ctx, root)
      if (digest !== before) await run(false) // files that are left out change too
    })
  }
}

async function sourceDigest({ settings }: Context, root: string): Promise<string> {
  const tree = await walk(root)
  const files = await hashFiles(root, tree.files, cacheDirectory(settings))
  const parts = files.map(({ path, sha256, executable }) => [path, Buffer.from(sha256).toString('hex'), executable])
  return JSON.stringify([parts, tree.links])
}

async function attempt(ctx: Context, run: () => Promise<void>): Promise<void> {
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
function watchChanges(root: string, signal: AbortSignal): { next(): Promise<boolean> } {
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
