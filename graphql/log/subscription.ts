import { streamBuildLog, streamLogs } from '../../control/logs/stream.ts'
import { subscription } from '../field.ts'

type LogArgs = { namespace: string; service: string; last?: number | null; after?: string | null }
type BuildArgs = { namespace: string; deployment: string; after?: string | null }

export const logSubscriptions = {
  logs: subscription(streamLogs, ({ namespace, service, last, after }: LogArgs) => ({
    namespace,
    service,
    follow: true,
    tail: last ?? undefined,
    after: after ?? undefined,
  })),
  buildLog: subscription(streamBuildLog, ({ after, ...args }: BuildArgs) => ({ ...args, after: after ?? undefined })),
}
