import { join } from 'node:path'
import { consoleSettings } from '../../config/console.ts'
import { childEnvironment } from '../../config/environment.ts'
import type { Paths } from '../../config/paths.ts'
import { platformSettings } from '../../config/platform.ts'
import { routerSettings } from '../../config/router.ts'
import type { Environment, Settings } from '../../config/setting.ts'
import type { Role } from '../role.ts'
import { type ChildOptions, mainProgram } from './child.ts'

type Definition = { settings: Settings; flags: readonly string[]; allocator: Environment; stopMs: number }

const quiet = '--disable-warning=ExperimentalWarning'

/**
 * For processes that wait most of the time: less memory for slower code. Measured 60 s after a start, of platform and console each:
 * small generations and compact code save some 15 MB; WebAssembly (Prisma's query compiler) compiled once, simply, 10 MB.
 */
const lean = ['--max-semi-space-size=1', '--optimize-for-size', '--liftoff-only', quiet]

/** glibc keeps what was freed; with these it gives larger blocks back, 20 MB after a start. Other C libraries do not look. */
const giveBack = { MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536' }

const definitions = {
  // Every request passes through it, so it is not made slower to be smaller.
  router: { settings: routerSettings, flags: ['--max-semi-space-size=2', quiet], allocator: {}, stopMs: 3_000 },
  // Services have three seconds of these to end.
  platform: { settings: platformSettings, flags: lean, allocator: giveBack, stopMs: 4_500 },
  console: { settings: consoleSettings, flags: lean, allocator: giveBack, stopMs: 1_500 },
} satisfies Partial<Record<Role, Definition>>

export type ChildName = keyof typeof definitions
export const childNames = ['router', 'platform', 'console'] as const satisfies readonly ChildName[]

/** What a child may take to stop. Router, then platform and console at once, then PostgreSQL's two seconds: below ten together. */
export const stopMs = (name: ChildName): number => definitions[name].stopMs

export const pidFile = (paths: Paths, name: ChildName): string => join(paths.run, `${name}.pid`)

/** For Node, before the program. */
export const childFlags = (name: ChildName): readonly string[] => definitions[name].flags

export function childOptions(name: ChildName, paths: Paths, resolved: Environment, onLine: (line: string) => void): ChildOptions {
  const { settings, flags, allocator } = definitions[name]
  return {
    name,
    arguments: [...flags, mainProgram, name],
    env: { ...childEnvironment(settings, resolved), ...allocator },
    pidFile: pidFile(paths, name),
    onLine,
  }
}
