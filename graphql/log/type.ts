import type { StoredLine } from '../../control/logs/read.ts'

export const logTypes = {
  LogLine: {
    time: ({ at }: StoredLine) => at,
    instance: ({ instanceId }: StoredLine) => instanceId,
  },
}
