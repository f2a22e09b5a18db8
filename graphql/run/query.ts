import { listCronEntries } from '../../control/runs/cron-entries.ts'
import { getRun } from '../../control/runs/get.ts'
import { listRuns } from '../../control/runs/list.ts'
import { field } from '../field.ts'

export type RunsArgs = { namespace: string; service: string; first?: number | null }
export const toRuns = ({ first, ...args }: RunsArgs) => ({ ...args, first: first ?? undefined })

export const runQueries = {
  runs: field(listRuns, toRuns),
  run: field(getRun, (args: { namespace: string; id: string }) => args),
  cronEntries: field(listCronEntries, (args: { namespace: string; service: string }) => args),
}
