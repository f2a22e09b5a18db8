import { DeploymentState } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Context } from './context.ts'
import { type DeployPlan, resolvePath, submit } from './deploy.ts'
import { conclude } from './deployment.ts'
import { openKnownSources } from './known-sources.ts'
import { plain } from './plain.ts'
import { createProgress } from './progress.ts'

/** Deploys a source and shows how it goes to the end, or says that nothing changed. */
export async function runService(ctx: Context, api: Api, plan: DeployPlan, { detach }: { detach: boolean }): Promise<void> {
  const progress = await createProgress(ctx.out)
  const response = await submit(ctx, api, plan, progress).catch((error: unknown) => {
    progress.end('failed')
    if (!ctx.interrupted().aborted) throw error
    ctx.out.note('Canceled before the deployment began.')
    throw new PlatformError('canceled', 'Canceled.')
  })
  const { deployment, service, unchanged } = response
  if (plan.source.kind === 'local') {
    await openKnownSources(ctx.settings.home).remember(api.origin, plan.namespace, plan.name, resolvePath(plan.source.path))
  }
  if (deployment === undefined || (unchanged && deployment.state === DeploymentState.LIVE)) {
    progress.end('done')
    await reportUnchanged(ctx, response)
    return
  }
  await conclude(ctx, api, { deployment, service, detach, progress })
}

async function reportUnchanged({ out }: Context, { service, deployment }: Awaited<ReturnType<typeof submit>>): Promise<void> {
  const { DeploymentSchema, ServiceSchema } = await import('../gen/proto/micro/runtime/v1/runtime_pb.ts')
  const json = {
    unchanged: true,
    deployment: deployment ? plain(DeploymentSchema, deployment) : null,
    service: service ? plain(ServiceSchema, service) : null,
  }
  out.data(json, () => out.line(`v${service?.version ?? deployment?.version} is live already, nothing changed: ${service?.url ?? ''}`))
}
