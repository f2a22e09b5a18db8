import { PlatformError } from '../../lib/errors.ts'
import type { Tx } from '../../prisma/client.ts'

const MiB = 2 ** 20

/** Limits of a namespace. */
export type Plan = {
  name: string
  services: number
  /** Runs of commands (jobs) at once. */
  runs: number
  instance: { memoryBytes: number; cpus: number; maxMemoryBytes: number; maxCpus: number; processes: number }
  artifactBytes: number
}

const plans: Record<string, Plan> = {
  dev: {
    name: 'dev',
    services: 10,
    runs: 5,
    instance: { memoryBytes: 256 * MiB, cpus: 0.25, maxMemoryBytes: 512 * MiB, maxCpus: 1, processes: 256 },
    artifactBytes: 5 * 1024 * MiB,
  },
  platform: {
    name: 'platform',
    services: 20,
    runs: 10,
    instance: { memoryBytes: 256 * MiB, cpus: 0.25, maxMemoryBytes: 1024 * MiB, maxCpus: 2, processes: 512 },
    artifactBytes: 10 * 1024 * MiB,
  },
}

export async function planOf(tx: Pick<Tx, 'namespace'>, namespaceId: string): Promise<Plan> {
  const { plan } = await tx.namespace.findUniqueOrThrow({ where: { id: namespaceId }, select: { plan: true } })
  const found = plans[plan]
  if (!found) throw new PlatformError('internal', 'Something went wrong on the server.', { cause: new Error(`unknown plan ${plan}`) })
  return found
}
