import type { RunView } from '../../control/runs/get.ts'
import { argvOf, commandLabel, isStopping } from '../../control/runs/state.ts'
import type { CronEntry } from '../../gen/prisma/client.ts'

export const runTypes = {
  Run: {
    service: ({ service }: RunView) => service.name,
    stopping: isStopping,
    version: ({ release }: RunView) => release.version,
    command: ({ command }: RunView) => commandLabel(command),
    argv: ({ command }: RunView) => argvOf(command) ?? null,
    entry: ({ cronName }: RunView) => cronName,
  },
  CronEntry: {
    command: ({ command }: CronEntry) => commandLabel(command),
    overlap: ({ overlap }: CronEntry) => overlap.toUpperCase(),
  },
}
