import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import type { Bases } from '../bases/bases.ts'
import type { Settings } from '../builder.ts'
import type { SourceTree } from '../tree.ts'
import type { EngineImage } from './engine.ts'
import { failureOf } from './failure.ts'
import type { ImageJob } from './job.ts'
import type { Made } from './plan.ts'
import { refuseRemoteAdd } from './remote-add.ts'
import type { TitleOf } from './report.ts'

/** The path of the source's own Dockerfile: the one that the settings name, or the one at its root. It wins over everything that is detected. */
export function dockerfileOf(tree: SourceTree, { dockerfile }: Partial<Settings>): string | undefined {
  const path = dockerfile ?? 'Dockerfile'
  if (tree.files.has(path)) return path
  if (dockerfile === undefined) return undefined
  throw new PlatformError('failed_precondition', `There is no ${dockerfile} in the source, which \`dockerfile\` in micro.yaml names.`, {
    reason: 'DOCKERFILE_MISSING',
  })
}

type Where = { directory: string; dockerfile: string; tag: string }

/** Builds by a Dockerfile of the source. */
export async function buildByDockerfile(job: ImageJob, bases: Bases, { directory, dockerfile, tag }: Where): Promise<Made> {
  const given = await readFile(join(directory, dockerfile), 'utf8')
  refuseRemoteAdd(given)
  const text = await withStandIns(job, bases, withoutSyntax(job, given))
  const npmrc = await readFile(join(directory, '.npmrc'), 'utf8').catch(() => undefined) // most sources have none
  const outcome = await job.build({
    text,
    context: directory,
    tag,
    labels: { 'micro.part': 'release' },
    titleOf,
    ...(npmrc === undefined ? {} : { secrets: { npmrc } }),
  })
  if ('failure' in outcome) throw failureOf(job, outcome.failure)
  const { image } = outcome
  const record = join(job.scratch, 'record')
  await mkdir(record)
  return { image, directory: record, mounted: false, sizeBytes: image.sizeBytes, settings: portOf(image) }
}

/** A service that ignores PORT listens where its image says. */
function portOf({ ports }: EngineImage): Partial<Settings> {
  const numbers = ports.flatMap((port) => /^(\d+)\/tcp$/.exec(port)?.[1] ?? [])
  return numbers.length === 1 ? { port: Number(numbers[0]) } : {}
}

/** Its own words are what people know its steps by. */
const titleOf: TitleOf = (stage, place, instruction) =>
  instruction.startsWith('FROM ')
    ? undefined
    : {
        title: [stage, place, instruction]
          .filter((part) => part !== '')
          .join(' ')
          .slice(0, 200),
        last: true,
      }

/** `# syntax=` names a frontend in a registry; the engine's own one builds as well. */
function withoutSyntax(job: ImageJob, text: string): string {
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !/^\s*(#.*)?$/.test(line))
  const at = lines.findIndex((line, index) => index < end && /^\s*#\s*syntax\s*=/i.test(line))
  if (at < 0) return text
  job.say(`${lines[at]?.trim()} is left out: the engine's own frontend is used`)
  return lines.filter((_, index) => index !== at).join('\n')
}

/** Where images are made on this machine, they stand in for the public ones of the same kind. */
async function withStandIns(job: ImageJob, bases: Bases, text: string): Promise<string> {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    const [, before = '', image = '', after = ''] = /^(\s*FROM\s+(?:--platform=\S+\s+)?)(\S+)(.*)$/i.exec(line) ?? []
    const base = image === '' ? undefined : await bases.standIn(image)
    if (base === undefined) {
      lines.push(line)
      continue
    }
    const { name } = await bases.ensure(base, { signal: job.signal, onLog: job.say })
    if (image.split(':')[0] !== name.split(':')[0]) job.say(`FROM ${image} is made from ${name}, which this server uses in its place`)
    lines.push(`${before}${name}${after}`)
  }
  return lines.join('\n')
}
