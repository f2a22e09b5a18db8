import type { InstanceSpec } from '../../runtime/runtime.ts'
import { planOf } from '../namespaces/plans.ts'
import type { Diagnose, WorkerContext } from '../worker.ts'

type Facts = Parameters<Diagnose>[0]

/** Why an instance, or a command that ran as one, is not as it should be, from what is known of it. */
export async function explain(
  ctx: WorkerContext,
  spec: InstanceSpec,
  { namespaceId }: { namespaceId: string },
  facts: Omit<Facts, 'service' | 'variables' | 'limits'>,
): Promise<ReturnType<Diagnose>> {
  const { instance: plan } = await planOf(ctx.db, namespaceId)
  return ctx.worker.diagnose({
    ...facts,
    service: spec.service,
    variables: Object.keys({ ...spec.env, ...spec.secrets }),
    limits: { memoryBytes: spec.limits.memoryBytes, maxMemoryBytes: plan.maxMemoryBytes },
  })
}
