import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { choiceFile, parseChoice, readChoice } from '../builder/bases/choice.ts'
import type { Builder, Packer } from '../builder/builder.ts'
import { createDirectoryBuilder } from '../builder/directory.ts'
import type { User } from '../builder/programs.ts'
import type { PlatformSettings } from '../config/platform.ts'
import type { Place } from '../control/disk/places.ts'

type Settings = Pick<PlatformSettings, 'dataDirectory' | 'runtime' | 'dockerSocket' | 'baseImages'>
type Machine = { path: string; nodeDirectory: string; environment: Readonly<Record<string, string>>; user: User | undefined }

type Opened = {
  builder: Builder
  packer?: Packer
  /** Where it keeps what is not in the data directory. */
  places: readonly Place[]
}

/** What makes artifacts for the runtime: images for containers, directories for processes. */
export async function openBuilder(settings: Settings, { path, nodeDirectory, environment, user }: Machine): Promise<Opened> {
  const { dataDirectory, baseImages } = settings
  const common = {
    artifactsDirectory: join(dataDirectory, 'artifacts'),
    cacheDirectory: join(dataDirectory, 'cache'),
    bufPath: fileURLToPath(new URL('../node_modules/.bin/buf', import.meta.url)),
    environment,
    ...(user ? { user } : {}),
  }
  if (settings.runtime === 'process') return { builder: createDirectoryBuilder({ ...common, nodeDirectory, path }), places: [] }
  // A wrong setting is told at the start, not at the first build.
  parseChoice(baseImages)
  const [{ createImageBuilder }, { createBases }, { defaultEngine }, { sweepImages }] = await Promise.all([
    import('../builder/image/builder.ts'),
    import('../builder/bases/bases.ts'),
    import('../builder/image/engine.ts'),
    import('../builder/image/sweep.ts'),
  ])
  const engine = { ...defaultEngine, socket: settings.dockerSocket }
  const bases = createBases(engine, { path, choice: () => readChoice(choiceFile(dataDirectory), baseImages) })
  const builder = createImageBuilder({ ...common, engine, bases })
  const images: Place = {
    name: 'images',
    sweep: ({ artifacts }, options) => sweepImages(engine, common.artifactsDirectory, (id) => artifacts.has(id), options),
  }
  return { builder, packer: builder, places: [images] }
}
