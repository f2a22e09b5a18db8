import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toolEnvironment } from '../../config/environment.ts'
import { exec } from '../../lib/exec.ts'
import { requirePort } from '../../processes/ports.ts'
import { answered } from '../http.ts'

const docker = '/usr/bin/docker'
const image = 'micro-bench-by-hand'

/** What people do without a platform: `docker build`, stop the old container, `docker run -p`, ask until it answers. Same application, base image and engine. */
export type ByHand = {
  /** Milliseconds from `docker build` until the new code's first answer. */
  redeploy(version: string): Promise<number>
  stop(): Promise<void>
}

export async function startByHand(directory: string, baseImage: string): Promise<ByHand> {
  // Dependencies before the source, as everybody writes it, so that they are built again only when they change.
  const dockerfile = `FROM ${baseImage}\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCOPY . .\nUSER 10001\nCMD ["node", "src/index.ts"]\n`
  await writeFile(join(directory, 'Dockerfile'), dockerfile)
  const port = await requirePort('127.0.0.1', 0)
  let container: string | undefined
  const stop = async () => {
    if (container !== undefined) await run(['rm', '--force', container])
    container = undefined
  }
  return {
    async redeploy(version) {
      const since = performance.now()
      await run(['build', '--quiet', '--tag', image, '--', directory])
      // Not its own time, but the port's: the old one has to go before the new one can have it.
      await stop()
      container = (await run(['run', '--detach', '--init', '--publish', `127.0.0.1:${port}:8080`, '--env', 'PORT=8080', image])).trim()
      return (await answered({ port }, version)) - since
    },
    stop,
  }
}

async function run(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await exec([docker, ...args], { env: { ...toolEnvironment(), DOCKER_BUILDKIT: '1' } })
  if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`)
  return stdout
}
