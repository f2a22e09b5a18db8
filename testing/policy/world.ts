import { randomUUID } from 'node:crypto'
import type { Role } from '../../gen/prisma/enums.ts'
import { startGraphql } from '../graphql.ts'
import { startGrpc } from '../grpc.ts'
import { createTestPlatform, type TestPlatform } from '../platform.ts'
import { createTenant, roles, type Tenant } from '../tenant.ts'
import type { Target } from './arguments.ts'
import type { Edges } from './call.ts'
import { badTokens } from './tokens.ts'

/** Two namespaces that have nothing to do with each other, and the platform's edges on real sockets. */
export type World = {
  platform: TestPlatform
  edges: Edges
  victim: Tenant
  stranger: Tenant
  badTokens: Record<string, string>
  close(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const platform = await createTestPlatform()
  const edges = { grpc: await startGrpc(platform), graphql: await startGraphql(platform) }
  const victim = await createTenant(platform, 'victim')
  return {
    platform,
    edges,
    victim,
    stranger: await createTenant(platform, 'stranger'),
    badTokens: await badTokens(platform, victim.members.OWNER),
    async close() {
      await edges.grpc.close()
      await edges.graphql.close()
      await platform.close()
    },
  }
}

export const targetOf = ({ namespace, service, deployment, instance, run, host, variable, cursor, members }: Tenant): Target => ({
  ...{ namespace: namespace.name, service, deployment, instance, run, host, variable, cursor },
  session: members.OWNER.login.sessionId,
})

export const tokenOf = ({ members }: Tenant, role: Role): string => members[role].login.accessToken

export const rolesBelow = (role: Role): Role[] => roles.slice(0, roles.indexOf(role))

export const freshName = (): string => `t${randomUUID().replaceAll('-', '').slice(0, 12)}`
