import type { EnvVar, Release } from '../../gen/prisma/client.ts'
import type { NamespaceContext } from '../context.ts'
import { member, verb } from '../verb.ts'
import { findOwner, OwnerInput, openRow } from './owner.ts'
import { contentOf, layered, openSnapshot, sourceEnvOf } from './snapshot.ts'
import type { Variable, VariableName } from './variable.ts'

/**
 * LIVE: the live release has just this. PENDING: the next release will, the live one has another value or none.
 * REMOVED: the live release has it, the next one will not.
 */
export type EnvVarState = 'LIVE' | 'PENDING' | 'REMOVED'

export type EnvVarView = VariableName & {
  /** Null for secrets, and for viewers. */
  value: string | null
  /** Null for what is not of a service that is live. */
  state: EnvVarState | null
  /** Null for what comes from the source. */
  updatedAt: Date | null
  updatedBy: string | null
}

/** What the next release of a service will be given, by name; without a service, what is set for the whole namespace. */
export const listEnvVars = verb({
  name: 'envVars.list',
  access: member('VIEWER'),
  input: OwnerInput,
  async run({ ctx, input }): Promise<EnvVarView[]> {
    const { service, namespaceId, id: ownerId } = await findOwner(ctx, input.service)
    const rows = await ctx.db.envVar.findMany({ where: { namespaceId, ownerId: { in: [namespaceId, ownerId] } } })
    const live = service?.liveReleaseId ? await ctx.db.release.findUnique({ where: { id: service.liveReleaseId } }) : null
    // The service's own come last, and win.
    const byOrigin = rows.toSorted((a, b) => Number(a.serviceId !== null) - Number(b.serviceId !== null))
    const next = layered(
      live ? sourceEnvOf(ctx, live) : {},
      byOrigin.map((row) => openRow(ctx, row)),
    )
    return viewsOf(ctx, next, { rows: byOrigin, live })
  },
})

type Known = { rows: readonly EnvVar[]; live: Release | null }

function viewsOf(ctx: NamespaceContext, next: readonly Variable[], { rows, live }: Known): EnvVarView[] {
  const now = new Map(live ? openSnapshot(ctx, live).map((variable) => [variable.name, variable]) : [])
  const set = new Map(rows.map((row) => [row.name, row]))
  const stateOf = (variable: Variable): EnvVarState | null => {
    const released = now.get(variable.name)
    if (!live) return null
    return released && contentOf(released) === contentOf(variable) ? 'LIVE' : 'PENDING'
  }
  const removed = [...now.values()].filter(({ name }) => !next.some((variable) => variable.name === name))
  const view = (variable: Variable, state: EnvVarState | null): EnvVarView => {
    const { name, kind, delivery, origin, value } = variable
    const row = state === 'REMOVED' ? undefined : set.get(name)
    const shown = kind === 'PLAIN' && ctx.namespace.role !== 'VIEWER'
    return {
      name,
      kind,
      delivery,
      origin,
      state,
      value: shown ? value : null,
      updatedAt: row?.updatedAt ?? null,
      updatedBy: row?.updatedBy ?? null,
    }
  }
  return [...next.map((variable) => view(variable, stateOf(variable))), ...removed.map((variable) => view(variable, 'REMOVED'))].toSorted(
    (a, b) => (a.name < b.name ? -1 : 1),
  )
}
