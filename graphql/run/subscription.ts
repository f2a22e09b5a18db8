import { streamRunLog, watchRun } from '../../control/runs/follow.ts'
import { watchRuns } from '../../control/runs/list.ts'
import { subscription } from '../field.ts'
import { toRuns } from './query.ts'

type LogArgs = { namespace: string; run: string; after?: string | null }

export const runSubscriptions = {
  runs: subscription(watchRuns, toRuns),
  run: subscription(watchRun, (args: { namespace: string; id: string }) => args),
  runLog: subscription(streamRunLog, ({ namespace, run, after }: LogArgs) => ({ namespace, id: run, after: after ?? undefined })),
}
