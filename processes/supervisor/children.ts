import { join } from 'node:path'
import { consoleSettings } from '../../config/console.ts'
import { childEnvironment } from '../../config/environment.ts'
import type { Paths } from '../../config/paths.ts'
import { platformSettings } from '../../config/platform.ts'
import { routerSettings } from '../../config/router.ts'
import type { Environment, Settings } from '../../config/setting.ts'
import type { Role } from '../role.ts'
import { type ChildOptions, mainProgram } from './child.ts'

type Definition = { settings: Settings; flags: readonly string[]; stopMs: number }

/** Small generations: these processes wait most of the time, and memory that a burst took should come back. */
const lean = ['--max-semi-space-size=2', '--disable-warning=ExperimentalWarning']

const definitions = {
  router: { settings: routerSettings, flags: lean, stopMs: 3_500 },
  platform: { settings: platformSettings, flags: lean, stopMs: 2_500 },
  console: { settings: consoleSettings, flags: lean, stopMs: 1_500 },
} satisfies Partial<Record<Role, Definition>>

export type ChildName = keyof typeof definitions
export const childNames = ['router', 'platform', 'console'] as const satisfies readonly ChildName[]

/** What a child may take to stop; with PostgreSQL's two seconds they are below ten together. */
export const stopMs = (name: ChildName): number => definitions[name].stopMs

export const pidFile = (paths: Paths, name: ChildName): string => join(paths.run, `${name}.pid`)

export function childOptions(name: ChildName, paths: Paths, resolved: Environment, onLine: (line: string) => void): ChildOptions {
  const { settings, flags } = definitions[name]
  return {
    name,
    arguments: [...flags, mainProgram, name],
    env: childEnvironment(settings, resolved),
    pidFile: pidFile(paths, name),
    onLine,
  }
}
