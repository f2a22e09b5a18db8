import { z } from 'zod'
import type { DiskSweep } from '../../gen/prisma/client.ts'
import { newId } from '../../lib/ids.ts'
import { sweepsChannel } from '../context.ts'
import { change, operator } from '../verb.ts'

/** Releases of a service that are kept beside the live one, unless told otherwise. */
export const defaultKeepReleases = 10

/** Has a worker measure what the platform keeps on disk and, but for a dry run, remove what nothing needs. */
export const requestSweep = change({
  name: 'disk.sweep',
  access: operator,
  input: z.object({
    dryRun: z.boolean().default(false),
    caches: z.boolean().default(false),
    keepReleases: z.number().int().min(0).max(1000).default(defaultKeepReleases),
  }),
  async run({ ctx, input, change }): Promise<DiskSweep> {
    const requestedBy = ctx.actor.kind === 'user' ? ctx.actor.username : 'micro'
    const sweep = await change.tx.diskSweep.create({ data: { id: newId('swp'), requestedBy, ...input, createdAt: ctx.clock.now() } })
    await change.audit({ action: 'disk.sweep', target: sweep.id, after: input })
    change.notify(sweepsChannel, { id: sweep.id })
    return sweep
  },
})
