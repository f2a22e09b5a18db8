import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { newId } from '../../lib/ids.ts'
import { createLog } from '../../lib/log.ts'
import { ensureTestImage } from '../../testing/docker-image.ts'
import type { InstanceArtifact, InstanceSpec, Runtime } from '../runtime.ts'
import { createDockerRuntime, type DockerRuntimeOptions } from './driver.ts'
import { Engine } from './engine.ts'
import { label, ours } from './labels.ts'

/** An installation of its own on a Docker engine. */
export type Place = {
  engine: Engine
  installation: string
  directory: string
  image: string
  open(changes?: Partial<DockerRuntimeOptions>): Promise<Runtime>
  /** A directory with these files, mounted over the test image. */
  artifact(files: Readonly<Record<string, string>>): Promise<Extract<InstanceArtifact, { kind: 'image' }>>
  makeExecutable(artifact: { mount?: string }, file: string): Promise<void>
  spec(changes?: Partial<InstanceSpec>): InstanceSpec
  /** Removes all that a driver opened here left. */
  dispose(): Promise<void>
}

export async function createPlace(socket: string, options: Partial<DockerRuntimeOptions> = {}): Promise<Place> {
  const root = await mkdtemp(join(tmpdir(), 'micro-docker-'))
  const engine = new Engine(socket)
  const image = await ensureTestImage(socket)
  const installation = newId('t').replace('_', '')
  const directory = join(root, 'instances')
  let artifacts = 0
  let last: Runtime | undefined
  return {
    engine,
    installation,
    directory,
    image,
    async open(changes) {
      last = await createDockerRuntime({
        socket,
        installation,
        directory,
        log: createLog('test', process.env.MICRO_TEST_LOG ?? 'silent'),
        isolation: false,
        ...options,
        ...changes,
      })
      return last
    },
    async artifact(files) {
      const mount = join(root, `artifact-${artifacts++}`)
      await mkdir(mount)
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(mount, name)), { recursive: true })
        await writeFile(join(mount, name), content)
      }
      return { kind: 'image', image, mount }
    },
    makeExecutable: ({ mount = '' }, file) => chmod(join(mount, file), 0o755),
    spec: (changes) => ({
      id: newId('ins'),
      namespace: 'acme',
      service: 'helloworld',
      release: 1,
      artifact: { kind: 'image', image },
      command: 'exec sleep 60',
      env: {},
      limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 64 },
      restart: 'never',
      ...changes,
    }),
    async dispose() {
      await last?.close()
      await removeAll(engine, installation)
      await chmod(root, 0o700)
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** The test image with more said of it, as a Dockerfile would. Goes with the place. */
export async function derivedImage({ engine: { docker }, image, installation }: Place, changes: readonly string[]): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: ['true'], Labels: { [label.installation]: installation } })
  const repo = `micro-test-${installation}`
  const tag = createHash('sha256').update(changes.join()).digest('hex').slice(0, 12)
  await container.commit({ repo, tag, changes: changes.join('\n') })
  await container.remove()
  return `${repo}:${tag}`
}

/** The lines of the output; without a count all of an instance that has ended. */
export async function textsOf(runtime: Runtime, id: string, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const texts: string[] = []
  const ended = (await runtime.list()).some((instance) => instance.id === id && instance.state === 'exited')
  const signal = AbortSignal.timeout(ended && count === Number.POSITIVE_INFINITY ? 1_000 : 20_000)
  for await (const { text } of runtime.logs(id, { signal })) {
    texts.push(text)
    if (texts.length >= count) break
  }
  return texts
}

/** The first line of the output. */
export async function jsonOf(runtime: Runtime, id: string) {
  const [line = ''] = await textsOf(runtime, id, 1)
  return JSON.parse(line)
}

async function removeAll({ docker }: Engine, installation: string): Promise<void> {
  for (const { Id } of await docker.listContainers({ all: true, filters: ours(installation) }))
    await docker.getContainer(Id).remove({ force: true, v: true })
  for (const { Id } of await docker.listNetworks({ filters: ours(installation) })) await docker.getNetwork(Id).remove()
  const images = await docker.listImages({ filters: { reference: [`micro-test-${installation}`] } })
  for (const { RepoTags } of images) for (const tag of RepoTags ?? []) await docker.getImage(tag).remove({ force: true })
}
