import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeTree } from '../../lib/remove-tree.ts'
import type { Job } from '../job.ts'
import { type Engine, engineArguments, engineEnvironment } from './engine.ts'
import { createReport, type Failure, type TitleOf } from './report.ts'

export type ImageBuild = {
  /** Directory whose files COPY finds. */
  context: string
  /** Text of the Dockerfile. */
  dockerfile: string
  /** Lines of .dockerignore; absent: the context's own. */
  ignore?: readonly string[]
  tag: string
  labels: Readonly<Record<string, string>>
  /** Contents by id. They are in no layer, and no part of what decides whether something is made again. */
  secrets: Readonly<Record<string, string>>
  /** Of Docker's predefined arguments, which are no part of that either: HTTP_PROXY, NO_PROXY. */
  proxies: Readonly<Record<string, string>>
  titleOf: TitleOf
}

export type BuildOutcome = { image: string } | { failure: Failure }

/**
 * Runs `docker build`, with the Dockerfile and the secrets in files of a private directory.
 * @returns the image's id, or how the build failed
 * @throws PlatformError when the build was stopped
 */
export async function buildImage(job: Job, engine: Engine, build: ImageBuild, stop: AbortSignal): Promise<BuildOutcome> {
  const directory = join(job.scratch, `docker-${randomUUID()}`)
  await mkdir(directory, { mode: 0o700 })
  try {
    const files = {
      Dockerfile: build.dockerfile,
      ...(build.ignore ? { 'Dockerfile.dockerignore': build.ignore.join('\n') } : {}),
      ...Object.fromEntries(Object.entries(build.secrets).map(([id, content]) => [`secret-${id}`, content])),
    }
    for (const [name, content] of Object.entries(files)) await writeFile(join(directory, name), content, { mode: 0o600 })
    const report = createReport(job, build.titleOf)
    const argv = [...engineArguments(engine), ...buildArguments(build, directory)]
    const { code } = await job
      .exec(argv, { env: { ...engineEnvironment(), ...build.proxies }, onLine: report.line, stop })
      .finally(() => report.end())
    if (code !== 0) return { failure: report.end() }
    return { image: (await readFile(join(directory, 'image'), 'utf8')).trim() }
  } finally {
    await removeTree(directory)
  }
}

export function buildArguments(build: ImageBuild, directory: string): string[] {
  return [
    'build',
    ...['--progress', 'plain'],
    ...['--file', join(directory, 'Dockerfile')],
    ...['--iidfile', join(directory, 'image')],
    ...['--tag', build.tag],
    ...Object.entries(build.labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    // Their values come from the client's environment: they may hold passwords, and everybody on the machine can read arguments.
    ...Object.keys(build.proxies).flatMap((name) => ['--build-arg', name]),
    ...Object.keys(build.secrets).flatMap((id) => ['--secret', `id=${id},src=${join(directory, `secret-${id}`)}`]),
    build.context,
  ]
}
