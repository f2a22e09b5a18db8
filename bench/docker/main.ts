import type { Figure } from '../figure.ts'
import { type Installation, startInstallation } from '../installation.ts'
import { measureDockerDeploys } from './deploy.ts'
import { measureIdleServices } from './idle.ts'
import { measureNetworks } from './networks.ts'
import { measureStreams } from './streams.ts'

/** What `npm run bench` measures with containers; needs root and a Docker engine. */
export const dockerBenches = (count: (full: number, quick: number) => number): Record<string, () => Promise<Figure[]>> => ({
  'docker-deploy': () => contained((installation) => measureDockerDeploys(installation, count(15, 3))),
  'docker-load': () => contained((installation) => measureStreams(installation, count(100, 10))),
  'docker-idle': () => contained((installation) => measureIdleServices(installation, count(200, 20))),
  'docker-networks': () => measureNetworks('/var/run/docker.sock', count(200, 20)),
})

async function contained(measure: (installation: Installation) => Promise<Figure[]>): Promise<Figure[]> {
  const installation = await startInstallation({ MICRO_RUNTIME: 'docker', MICRO_BASE_IMAGES: 'local' })
  try {
    return await measure(installation)
  } finally {
    await installation.stop()
  }
}
