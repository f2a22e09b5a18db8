import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createDeployment, type DeployInput } from '../control/deployments/create.ts'
import { getDeployment } from '../control/deployments/get.ts'
import { activeStates } from '../control/deployments/queue.ts'
import { getService } from '../control/services/get.ts'
import { uploadBlobs } from '../control/sources/upload.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import { ServiceName, Sha256, SourcePath } from '../lib/names.ts'
import type { TestUser } from './platform.ts'
import { waitFor } from './wait-for.ts'

export type Files = Record<string, string>
type Options = Pick<DeployInput, 'options' | 'env' | 'force'>

/** What a person does with `micro run`, `status` and the like, by the verbs. */
export function deploysOf(owner: TestUser, namespace: Namespace) {
  const { ctx } = owner
  const scope = { namespace: namespace.name }

  /** Uploads what is missing and begins a deployment; its id. */
  async function deploy(name: string, files: Files, options: Options = {}): Promise<string> {
    const manifest = Object.entries(files).map(([path, text]) => ({
      path: SourcePath.parse(path),
      sha256: sha256(text),
      size: Buffer.byteLength(text),
    }))
    const input = {
      ...scope,
      name: ServiceName.parse(name),
      source: { kind: 'local' as const, files: manifest, label: `./${name}` },
      ...options,
    }
    const first = await createDeployment({ ctx, input })
    if (first.kind === 'deployment') return first.deployment.id
    const wanted = new Set(first.hashes)
    const texts = Object.values(files).filter((text) => wanted.delete(sha256(text)))
    await uploadBlobs({ ctx, input: { ...scope, files: each(texts) } })
    const second = await createDeployment({ ctx, input })
    if (second.kind === 'missing') throw new Error('What was uploaded is missing.')
    return second.deployment.id
  }

  const deployment = (id: string) => getDeployment({ ctx, input: { ...scope, id } })
  const service = (name: string) => getService({ ctx, input: { ...scope, service: name } })

  /** The deployment when it has ended. */
  const ended = (id: string) =>
    waitFor(
      'the deployment has ended',
      async () => {
        const row = await deployment(id)
        return !activeStates.includes(row.state) && row
      },
      60_000,
    )

  /** What each ready instance of the live release answers at `/`. */
  async function answers(name: string): Promise<string[]> {
    const { instances, liveReleaseId } = await service(name)
    const ready = instances.filter(({ state, releaseId }) => state === 'READY' && releaseId === liveReleaseId)
    return Promise.all(ready.map(async ({ host, port }) => (await fetch(`http://${host}:${port}/`)).text()))
  }

  return {
    ctx,
    username: owner.username,
    scope,
    deploy,
    deployment,
    service,
    ended,
    answers,
    live: async (name: string, files: Files, options?: Options) => ended(await deploy(name, files, options)),
  }
}

const sha256 = (text: string) => Sha256.parse(createHash('sha256').update(text).digest('hex'))

async function* each(texts: readonly string[]) {
  for (const text of texts) yield { sha256: sha256(text), size: Buffer.byteLength(text), bytes: Readable.from([Buffer.from(text)]) }
}

/** A service without dependencies that answers with `text` and its process id. */
export const httpService = (text: string, extra: Files = {}): Files => ({
  Procfile: 'web: node server.js\n',
  'server.js': `require('node:http').createServer((_, response) => response.end('${text} ' + process.pid)).listen(process.env.PORT, '127.0.0.1', () => console.log('${text} listens'))\n`,
  ...extra,
})
