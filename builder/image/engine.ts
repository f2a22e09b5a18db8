import { type RequestOptions, request } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { PlatformError } from '../../lib/errors.ts'
import { type ExecOptions, type ExecResult, exec } from '../../lib/exec.ts'

/** How the Docker engine of this machine is reached: by its client, which alone can build with BuildKit, and by its socket. */
export type Engine = {
  /** Of a client with BuildKit; another one may be first in PATH. */
  client: string
  socket: string
}

export const defaultEngine: Engine = { client: '/usr/bin/docker', socket: '/var/run/docker.sock' }

export type EngineImage = {
  /** sha256:… */
  id: string
  sizeBytes: number
  command: readonly string[]
  /** Ports that it says it listens on: 3000/tcp. */
  ports: readonly string[]
  labels: Readonly<Record<string, string>>
  /** When it was last given a name, which builds do again with what they use again. */
  taggedAt: Date
}

/** Runs the client with a list of arguments. An exit code other than 0 is a result. */
export function docker(engine: Engine, args: readonly string[], options: Omit<ExecOptions, 'env'> = {}): Promise<ExecResult> {
  return exec([...engineArguments(engine), ...args], { ...options, env: engineEnvironment() })
}

/** What an argument list of the client begins with. */
export const engineArguments = ({ client, socket }: Engine): string[] => [client, '--host', `unix://${socket}`]

/** The operator's own configuration goes along: it may hold credentials of registries that base images come from. */
export function engineEnvironment(): Record<string, string> {
  return { DOCKER_BUILDKIT: '1', DOCKER_CONFIG: join(homedir(), '.docker'), HOME: homedir(), PATH: '/usr/bin:/bin', NO_COLOR: '1' }
}

/** By name or id; undefined when the engine has none. */
export async function inspectImage(engine: Engine, name: string): Promise<EngineImage | undefined> {
  const { status, body } = await call(engine, { method: 'GET', path: `/images/${encodeURI(name)}/json` })
  if (status === 404) return undefined
  if (status !== 200) throw new PlatformError('unavailable', `The container engine does not tell about ${name}: ${body.slice(0, 300)}`)
  const { Id, Size, Config, Metadata } = JSON.parse(body) as Inspected
  return {
    id: Id,
    sizeBytes: Size,
    command: [...(Config?.Entrypoint ?? []), ...(Config?.Cmd ?? [])],
    ports: Object.keys(Config?.ExposedPorts ?? {}),
    labels: Config?.Labels ?? {},
    taggedAt: new Date(Metadata?.LastTagTime ?? 0),
  }
}

type Inspected = {
  Id: string
  Size: number
  Metadata?: { LastTagTime?: string }
  Config?: {
    Entrypoint?: string[] | null
    Cmd?: string[] | null
    ExposedPorts?: Record<string, unknown> | null
    Labels?: Record<string, string> | null
  }
}

/** Every image, with what it takes beyond those that share layers with it. */
export async function imagesWithSizes(engine: Engine) {
  const { status, body } = await call(engine, { method: 'GET', path: '/system/df' })
  if (status !== 200)
    throw new PlatformError('unavailable', `The container engine does not tell its use of the disk: ${body.slice(0, 300)}`)
  const { Images } = JSON.parse(body) as { Images: Used[] | null }
  return (Images ?? []).map(({ Id, RepoTags, Size, SharedSize, Labels }) => ({
    id: Id,
    names: (RepoTags ?? []).filter((name) => !name.startsWith('<none>')),
    uniqueBytes: Math.max(0, Size - Math.max(0, SharedSize)),
    labels: Labels ?? {},
  }))
}

type Used = { Id: string; RepoTags: string[] | null; Size: number; SharedSize: number; Labels: Record<string, string> | null }

/** Gives an image a name, perhaps again. */
export async function tagImage(engine: Engine, id: string, repository: string, tag: string): Promise<void> {
  const path = `/images/${encodeURI(id)}/tag?${new URLSearchParams({ repo: repository, tag })}`
  const { status, body } = await call(engine, { method: 'POST', path })
  if (status !== 201) throw new PlatformError('unavailable', `The container engine does not name an image: ${body.slice(0, 300)}`)
}

/** Where the engine keeps images and what builds write. */
export async function engineRoot(engine: Engine): Promise<string> {
  const { status, body } = await call(engine, { method: 'GET', path: '/info' })
  if (status !== 200) throw new PlatformError('unavailable', `The container engine does not answer: ${body.slice(0, 300)}`)
  return (JSON.parse(body) as { DockerRootDir: string }).DockerRootDir
}

function call(engine: Engine, options: RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const away = (cause: unknown) =>
      reject(
        new PlatformError('unavailable', `The container engine does not answer at ${engine.socket}.`, {
          reason: 'ENGINE_AWAY',
          hint: 'Is Docker running, and may this user use it? `docker info` says.',
          cause,
        }),
      )
    const sent = request(
      { socketPath: engine.socket, headers: { host: 'docker' }, agent: false, timeout: 30_000, ...options },
      (response) => {
        text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), away)
      },
    )
    sent.once('timeout', () => sent.destroy(new Error('no answer within 30 s')))
    sent.once('error', away)
    sent.end()
  })
}
