import type { Service } from '../../gen/prisma/client.ts'
import type { ControlContext } from '../context.ts'

export const envPurpose = (service: Pick<Service, 'id'>): string => `env:${service.id}`

/** The environment of a deployment or release: sealed, because tenants keep their secrets in it. */
export const openEnv = (ctx: ControlContext, service: Pick<Service, 'id'>, sealed: Uint8Array): Record<string, string> =>
  JSON.parse(ctx.platform.sealer.open(envPurpose(service), sealed)) as Record<string, string>
