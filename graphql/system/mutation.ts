import { requestSweep } from '../../control/disk/request.ts'
import { sweepView } from '../../control/disk/view.ts'
import { field } from '../field.ts'

type Args = { dryRun?: boolean | null; caches?: boolean | null; keepReleases?: number | null }

export const systemMutations = {
  sweepDisk: field(
    requestSweep,
    ({ dryRun, caches, keepReleases }: Args) => ({
      dryRun: dryRun ?? undefined,
      caches: caches ?? undefined,
      keepReleases: keepReleases ?? undefined,
    }),
    sweepView,
  ),
}
