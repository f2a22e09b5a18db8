import { PlatformError } from '../../lib/errors.ts'
import { docker, type Engine, type EngineImage, inspectImage } from '../image/engine.ts'
import { type Base, type BaseChoice, bases, localName, publicImages } from './base.ts'
import { describeMachine, type Machine } from './machine.ts'
import { makeBase } from './make.ts'
import type { Making } from './making.ts'

export type BaseImage = EngineImage & {
  /** What FROM says. */
  name: string
}

/** Base images as builds need them: made or pulled when first wanted. */
export type Bases = {
  /**
   * The image, present in the engine from now on.
   * @throws PlatformError `failed_precondition` when it can neither be pulled nor made
   */
  ensure(base: Base, making: Making): Promise<BaseImage>
  /** The base whose image here is another than this name says: `node:24-bookworm-slim` where images are made on this machine. */
  standIn(image: string): Promise<Base | undefined>
}

const pullTimeoutMs = 10 * 60_000

export function createBases(engine: Engine, options: { path: string; choice(): Promise<BaseChoice> }): Bases {
  let machine: Promise<Machine> | undefined

  const localImage = async (base: Base, making: Making): Promise<string> => {
    machine ??= describeMachine(options.path).catch((error: unknown) => {
      machine = undefined
      throw error
    })
    return makeBase(engine, await machine, base, making)
  }

  return {
    async ensure(base, making) {
      const { local, named } = await options.choice()
      const name = named[base] ?? (local ? await localImage(base, making) : publicImages[base])
      const image = (await inspectImage(engine, name)) ?? (await pull(engine, base, name, making))
      return { ...image, name }
    },
    async standIn(image) {
      const { local, named } = await options.choice()
      const base = bases.find((name) => image === publicImages[name] || image === localName(name))
      return base !== undefined && (local || named[base] !== undefined) ? base : undefined
    },
  }
}

async function pull(engine: Engine, base: Base, name: string, { signal, onLog }: Making): Promise<EngineImage> {
  onLog(`Pulling ${name}`)
  const { code, stderr } = await docker(engine, ['pull', '--quiet', '--', name], { signal, timeoutMs: pullTimeoutMs })
  const image = code === 0 ? await inspectImage(engine, name) : undefined
  if (image) return image
  throw new PlatformError('failed_precondition', `The base image ${name} (${base}) cannot be pulled: ${stderr.trim().split('\n').at(-1)}`, {
    reason: 'BASE_IMAGE_MISSING',
    hint: 'On a machine that cannot pull, the operator types `micro base-images` once; MICRO_BASE_IMAGES names other images.',
  })
}
