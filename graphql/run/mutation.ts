import { cancelRun } from '../../control/runs/cancel.ts'
import { createRun } from '../../control/runs/create.ts'
import { field } from '../field.ts'

type CreateArgs = { namespace: string; service: string; command?: string[] | null; entry?: string | null; timeoutMs?: number | null }

export const runMutations = {
  createRun: field(createRun, ({ namespace, service, command, entry, timeoutMs }: CreateArgs) => ({
    namespace,
    service,
    // The verb refuses an empty one, in its own words.
    command: (command ?? undefined) as [string, ...string[]] | undefined,
    entry: entry ?? undefined,
    timeoutMs: timeoutMs ?? undefined,
  })),
  cancelRun: field(cancelRun, (args: { namespace: string; id: string }) => args),
}
