import { z } from 'zod'
import type { EnvVar, Service } from '../../gen/prisma/client.ts'
import type { Tx } from '../../prisma/client.ts'
import type { ControlContext, NamespaceContext } from '../context.ts'
import { findService } from '../services/find.ts'
import type { Variable } from './variable.ts'

/** Whose variables a call is about: without a service the whole namespace's. */
export const OwnerInput = z.object({ namespace: z.string(), service: z.string().optional() })

/** A service, or the namespace with all of its services. `target`: as the audit log names it. */
export type Owner = { namespaceId: string; service: Service | undefined; id: string; name: string; target: string }

export async function findOwner(ctx: NamespaceContext, name: string | undefined, db: Pick<Tx, 'service'> = ctx.db): Promise<Owner> {
  const service = name === undefined ? undefined : await findService(ctx, name, db)
  return ownerOf(ctx.namespace, service)
}

export const ownerOf = (namespace: { id: string; name: string }, service: Service | undefined): Owner => {
  const { id, name } = service ?? namespace
  return { namespaceId: namespace.id, service, id, name, target: service ? name : `namespace ${name}` }
}

type Row = Pick<EnvVar, 'ownerId' | 'name' | 'serviceId' | 'kind' | 'delivery' | 'sealedValue'>

export const envVarPurpose = ({ ownerId, name }: Pick<Row, 'ownerId' | 'name'>): string => `env-var:${ownerId}:${name}`

export const openRow = (ctx: Pick<ControlContext, 'platform'>, row: Row): Variable => ({
  name: row.name,
  value: ctx.platform.sealer.open(envVarPurpose(row), row.sealedValue),
  kind: row.kind,
  delivery: row.delivery,
  origin: row.serviceId === null ? 'NAMESPACE' : 'SERVICE',
})

/** What is set for a service now: its own variables win over the namespace's. */
export async function variablesOf(
  ctx: Pick<ControlContext, 'platform'>,
  db: Pick<Tx, 'envVar'>,
  { id: serviceId, namespaceId }: Pick<Service, 'id' | 'namespaceId'>,
): Promise<Variable[]> {
  const rows = await db.envVar.findMany({ where: { namespaceId, OR: [{ serviceId: null }, { serviceId }] } })
  const own = new Set(rows.flatMap((row) => (row.serviceId === null ? [] : row.name)))
  return rows.filter((row) => row.serviceId !== null || !own.has(row.name)).map((row) => openRow(ctx, row))
}
