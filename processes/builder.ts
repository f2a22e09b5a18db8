import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choiceFile, parseChoice, readChoice } from '../builder/bases/choice.ts'
import type { Builder, Packer } from '../builder/builder.ts'
import { createDirectoryBuilder } from '../builder/directory.ts'
import type { User } from '../builder/programs.ts'
import type { PlatformSettings } from '../config/platform.ts'

type Settings = Pick<PlatformSettings, 'dataDirectory' | 'runtime' | 'dockerSocket' | 'baseImages'>
type Machine = { path: string; nodeDirectory: string; environment: Readonly<Record<string, string>>; user: User | undefined }

/** What makes artifacts for the runtime: images for containers, directories for processes. */
export async function openBuilder(
  settings: Settings,
  { path, nodeDirectory, environment, user }: Machine,
): Promise<{ builder: Builder; packer?: Packer }> {
  const { dataDirectory, baseImages } = settings
  const common = {
    artifactsDirectory: join(dataDirectory, 'artifacts'),
    cacheDirectory: join(dataDirectory, 'cache'),
    bufPath: fileURLToPath(new URL('../node_modules/.bin/buf', import.meta.url)),
    environment,
    ...(user ? { user } : {}),
  }
  if (settings.runtime === 'process') return { builder: createDirectoryBuilder({ ...common, nodeDirectory, path }) }
  // A wrong setting is told at the start, not at the first build.
  parseChoice(baseImages)
  const [{ createImageBuilder }, { createBases }, { defaultEngine }] = await Promise.all([
    import('../builder/image/builder.ts'),
    import('../builder/bases/bases.ts'),
    import('../builder/image/engine.ts'),
  ])
  const engine = { ...defaultEngine, socket: settings.dockerSocket }
  const bases = createBases(engine, { path, choice: () => readChoice(choiceFile(dataDirectory), baseImages) })
  const builder = createImageBuilder({ ...common, engine, bases })
  return { builder, packer: builder }
}
