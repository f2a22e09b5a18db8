import type { Deployment, Release, Service } from '../../gen/prisma/client.ts'
import { newId } from '../../lib/ids.ts'
import type { Prisma, Tx } from '../../prisma/client.ts'
import type { ControlContext } from '../context.ts'
import { sealSnapshot } from '../env-vars/snapshot.ts'
import type { Variable } from '../env-vars/variable.ts'

type Contents = Pick<
  Prisma.ReleaseUncheckedCreateInput,
  'artifact' | 'artifactBytes' | 'digest' | 'detected' | 'settings' | 'descriptors' | 'protocol'
>
type Made = Contents & { service: Service; deployment: Deployment; variables: readonly Variable[] }

/** The service's next version, as the deployment's release. */
export async function createRelease(ctx: ControlContext, tx: Tx, { service, deployment, variables, ...contents }: Made): Promise<Release> {
  const { releases: version } = await tx.service.update({ where: { id: service.id }, data: { releases: { increment: 1 } } })
  return tx.release.create({
    data: {
      ...contents,
      ...sealSnapshot(ctx, service, variables),
      id: newId('rel'),
      namespaceId: deployment.namespaceId,
      serviceId: service.id,
      version,
      deploymentId: deployment.id,
      source: deployment.source,
      creator: deployment.creator,
    },
  })
}
