import { PlatformError } from '../../lib/errors.ts'
import type { ImageFacts } from './container.ts'
import type { Engine } from './engine.ts'

/** @throws PlatformError `failed_precondition` when the engine has no such image: nothing is ever fetched from a registry here */
export async function requireImage(engine: Engine, reference: string): Promise<ImageFacts> {
  const image = await engine.find((docker) => docker.getImage(reference).inspect())
  if (!image) {
    throw new PlatformError('failed_precondition', `The image ${reference} is not on this machine any more.`, {
      reason: 'IMAGE_MISSING',
      hint: 'Deploy again: that builds it anew.',
    })
  }
  const { Entrypoint, Cmd, WorkingDir, Env, Volumes } = image.Config
  return {
    id: image.Id,
    entrypoint: listOf(Entrypoint),
    command: listOf(Cmd),
    workingDirectory: WorkingDir ?? '',
    environment: Object.fromEntries((Env ?? []).map((variable) => splitAt(variable, variable.indexOf('=')))),
    volumes: Object.keys(Volumes ?? {}),
  }
}

const listOf = (value: string | string[] | null | undefined): readonly string[] => (typeof value === 'string' ? [value] : (value ?? []))

const splitAt = (text: string, at: number): [string, string] => (at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)])
