import { z } from 'zod'
import type { DiskSweep } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import { operator, verb } from '../verb.ts'

export const getSweep = verb({
  name: 'disk.get',
  access: operator,
  input: z.object({ id: z.string() }),
  async run({ ctx, input: { id } }): Promise<DiskSweep> {
    const sweep = await ctx.db.diskSweep.findUnique({ where: { id } })
    if (!sweep) throw new PlatformError('not_found', 'There is no such sweep of the disk.')
    return sweep
  },
})
