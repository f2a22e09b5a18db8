import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { findService } from '../services/find.ts'
import type { SourceContent } from '../sources/source.ts'
import { change, member } from '../verb.ts'
import { didNotWork, queueDeployment } from './queue.ts'

/** Deploys the service's source again: a git source at its ref as it is now. */
export const updateService = change({
  name: 'deployments.update',
  access: member('DEVELOPER'),
  input: z.object({ namespace: z.string(), service: z.string() }),
  async run({ ctx, input, change }) {
    const service = await findService(ctx, input.service, change.tx)
    // The service's own source is that of what went live last, or of its first deployment when none did.
    const ofSource = {
      where: { serviceId: service.id, namespaceId: ctx.namespace.id, sourceLocation: service.sourceLocation, sourceId: { not: null } },
      orderBy: { number: 'desc' },
      include: { sourceRow: true },
    } as const
    const worked = { ...ofSource, where: { ...ofSource.where, state: { notIn: didNotWork } } }
    const last = (await change.tx.deployment.findFirst(worked)) ?? (await change.tx.deployment.findFirst(ofSource))
    const content = last?.sourceRow?.content as SourceContent | undefined
    if (!last || content?.kind !== 'git')
      throw new PlatformError(
        'failed_precondition',
        `${service.name} was uploaded from a directory, which only the machine that has it can upload again.`,
        {
          hint: `Type \`micro update ${service.name}\` there.`,
        },
      )
    const { source, sourceLocation, sourceId, options, digest } = last
    const deployment = await queueDeployment(ctx, change, service, {
      trigger: 'update',
      source,
      sourceLocation,
      sourceId,
      options: options as object,
      digest,
    })
    await change.audit({ action: 'deployments.update', target: service.name, after: { deployment: deployment.id } })
    return deployment
  },
})
