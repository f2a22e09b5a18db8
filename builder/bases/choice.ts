import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { type Base, type BaseChoice, bases, isBase } from './base.ts'

const Recorded = z.object({ local: z.boolean() })

/** Says that base images are made on this machine: written by `micro base-images`, read by every build. */
export const choiceFile = (dataDirectory: string): string => join(dataDirectory, 'base-images.json')

/** What the setting says, else what was recorded. */
export async function readChoice(file: string, setting: readonly string[]): Promise<BaseChoice> {
  const given = parseChoice(setting)
  if (given.local) return given
  const text = await readFile(file, 'utf8').catch(() => undefined) // nothing was recorded
  return text === undefined ? given : { ...given, local: Recorded.parse(JSON.parse(text)).local }
}

export async function recordChoice(file: string, { local }: Pick<BaseChoice, 'local'>): Promise<void> {
  if (!local) return rm(file, { force: true })
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, `${JSON.stringify({ local })}\n`)
  await rename(`${file}.new`, file)
}

/** `local`, and `node=registry.example.com/node:24` for each base that comes from elsewhere. */
export function parseChoice(setting: readonly string[]): BaseChoice {
  const named: Partial<Record<Base, string>> = {}
  for (const entry of setting) {
    if (entry === 'local') continue
    const at = entry.indexOf('=')
    const base = entry.slice(0, at)
    const image = entry.slice(at + 1)
    if (at < 0 || !isBase(base) || !/^[\w][\w.:/@-]*$/.test(image)) throw unreadable(entry)
    named[base] = image
  }
  return { local: setting.includes('local'), named }
}

const unreadable = (entry: string) =>
  new PlatformError('invalid_argument', `MICRO_BASE_IMAGES: ${entry} is neither \`local\` nor KIND=IMAGE.`, {
    hint: `Kinds are ${bases.join(', ')}.`,
  })
