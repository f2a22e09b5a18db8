import { readBuildLog, readLogs } from '../../control/logs/list.ts'
import { field } from '../field.ts'

export const logQueries = {
  logs: field(readLogs, ({ last, ...args }: { namespace: string; service: string; last?: number | null }) => ({
    ...args,
    last: last ?? undefined,
  })),
  buildLog: field(readBuildLog, (args: { namespace: string; deployment: string }) => args),
}
