import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ImageArtifact } from '../builder/builder.ts'
import { operatorEnvironment } from '../builder/environment.ts'
import { createImageBuilder, type ImageBuilderOptions } from '../builder/image/builder.ts'
import { defaultEngine, docker } from '../builder/image/engine.ts'
import { tenantCommandArguments } from '../lib/tenant-command.ts'
import { testBases } from './base-images.ts'
import { bufPath } from './buf.ts'
import { testUser } from './builds.ts'
import { waitFor } from './wait-for.ts'

/** The image builder of tests, with the machine's own way to registries. */
export const testImageBuilder = (root: string, options: Partial<ImageBuilderOptions> = {}) =>
  createImageBuilder({
    artifactsDirectory: `${root}/artifacts`,
    cacheDirectory: `${root}/cache`,
    bases: testBases,
    bufPath,
    environment: operatorEnvironment(process.env),
    ...(testUser ? { user: testUser } : {}),
    ...options,
  })

export type RunningImage = {
  port: number
  /** What it answers at a path, once it does. */
  get(path: string): Promise<string>
  output(): Promise<string>
  stop(): Promise<void>
}

/** Runs an artifact as the runtime does: without privileges, on a read-only root, told where to listen. */
export async function startImage({
  image,
  mount,
  startCommand,
  settings,
}: Pick<ImageArtifact, 'image' | 'mount' | 'startCommand' | 'settings'>): Promise<RunningImage> {
  const port = settings.port ?? (await freePort())
  const [program, ...args] = startCommand === undefined ? [] : tenantCommandArguments(startCommand)
  const confined = ['--read-only', '--tmpfs', '/tmp', '--user', '10001:10001', '--cap-drop', 'ALL', '--memory', '512m', '--network', 'host']
  const variables = Object.entries({ ...settings.env, HOME: '/tmp', PORT: String(port) }).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ])
  const argv = [
    ...['run', '--detach', '--label', 'micro.test=image', ...confined, ...variables, '--workdir', '/app'],
    ...(mount === undefined ? [] : ['--volume', `${mount}:/app:ro`]),
    ...(program === undefined ? [] : ['--entrypoint', program]),
    image,
    ...args,
  ]
  const { code, stdout, stderr } = await docker(defaultEngine, argv)
  if (code !== 0) throw new Error(`It did not start: ${stderr}`)
  const id = stdout.trim()
  const output = async () => {
    const logs = await docker(defaultEngine, ['logs', id])
    return logs.stdout + logs.stderr
  }
  return {
    port,
    output,
    async get(path) {
      return waitFor(`an answer at ${path}`, async () => {
        const running = (await docker(defaultEngine, ['inspect', '--format', '{{.State.Running}}', id])).stdout.trim()
        if (running !== 'true') throw new Error(`It ended: ${await output()}`)
        const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined) // it does not listen yet
        return response?.text()
      })
    },
    async stop() {
      await docker(defaultEngine, ['rm', '--force', '--volumes', id])
    },
  }
}

/** Answers of an artifact that runs only for them. */
export async function answersOf(artifact: ImageArtifact, ...paths: string[]): Promise<string[]> {
  const running = await startImage(artifact)
  try {
    const answers: string[] = []
    for (const path of paths) answers.push(await running.get(path))
    return answers
  } finally {
    await running.stop()
  }
}

/** Text of a file of the source, as it was built. */
export async function readInImage({ image, mount }: Pick<ImageArtifact, 'image' | 'mount'>, path: string): Promise<string> {
  if (mount !== undefined) return readFile(join(mount, path), 'utf8')
  const argv = ['run', '--rm', '--network', 'none', '--label', 'micro.test=image', '--entrypoint', 'cat', image, `/app/${path}`]
  const { code, stdout, stderr } = await docker(defaultEngine, argv)
  if (code !== 0) throw new Error(stderr)
  return stdout
}

/** Images that builds of these namespaces have made. Layers and build caches stay with the engine, which clears them by itself. */
export async function removeImages(...namespaces: string[]): Promise<void> {
  for (const namespace of namespaces) {
    // A container that ends has its image until it is gone.
    await waitFor(`the end of the images of ${namespace}`, async () => {
      const { stdout } = await docker(defaultEngine, ['images', '--quiet', '--filter', `label=micro.namespace=${namespace}`])
      const ids = [...new Set(stdout.split('\n').filter((id) => id !== ''))]
      if (ids.length > 0) await docker(defaultEngine, ['rmi', '--force', ...ids])
      return ids.length === 0
    })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

export const exampleDirectory = (name: string) => join(import.meta.dirname, '../examples', name)
