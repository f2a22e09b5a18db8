import { z } from 'zod'
import type { BusMessage } from '../bus/bus.ts'
import type { Role } from '../gen/prisma/enums.ts'
import { PlatformError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { Prisma } from '../prisma/client.ts'
import { sessionEnded } from './auth/session.ts'
import type { Actor, ControlContext, NamespaceContext, Transaction } from './context.ts'

/** Who may use a verb. Every operation of every edge names a verb, and so has exactly one of these. */
export type Access =
  | { kind: 'public' }
  | { kind: 'user' }
  /** Members of the namespace named by `input.namespace`, with at least this role. */
  | { kind: 'namespace'; role: Role }
  /** Whoever runs the installation: what touches the host, which no role in a namespace reaches. */
  | { kind: 'operator' }
  | { kind: 'router' }
  | { kind: 'system' }

export const anyone = { kind: 'public' } as const satisfies Access
export const user = { kind: 'user' } as const satisfies Access
export const member = (role: Role) => ({ kind: 'namespace', role }) as const satisfies Access
export const operator = { kind: 'operator' } as const satisfies Access
export const router = { kind: 'router' } as const satisfies Access
export const system = { kind: 'system' } as const satisfies Access

type Scoped<A extends Access> = A extends { kind: 'namespace' } ? NamespaceContext : ControlContext
type Call<Input> = { ctx: ControlContext; input: Input }

export type Verb<Input, Output> = ((call: Call<Input>) => Output) & { readonly verbName: string; readonly access: Access }

type Definition<A extends Access, Schema extends z.ZodType, Output> = {
  /** noun.verb, as it stands in the audit log. */
  name: string
  access: A
  input: Schema
  run(call: { ctx: Scoped<A>; input: z.output<Schema> }): Output
}

type ChangeDefinition<A extends Access, Schema extends z.ZodType, Output> = {
  name: string
  access: A
  input: Schema
  run(call: { ctx: Scoped<A>; input: z.output<Schema>; change: Transaction }): Promise<Output>
}

/** Scope check → parse → run. For what only reads, and for the few changes whose transaction is not the whole of the verb. */
export function verb<A extends Access, Schema extends z.ZodType, Output>(
  definition: Definition<A, Schema, Promise<Output>>,
): Verb<z.input<Schema>, Promise<Output>> {
  const { name, access, input: schema, run } = definition
  return named(name, access, async ({ ctx, input }) => {
    const scoped = await enter(ctx, access, input)
    return run({ ctx: scoped, input: parse(schema, input) })
  })
}

/** A verb whose output comes bit by bit until it has ended or the caller's signal aborts; who loses the right to it on the way gets no more. */
export function watch<A extends Access, Schema extends z.ZodType, Output>(
  definition: Definition<A, Schema, AsyncIterable<Output>>,
): Verb<z.input<Schema>, AsyncIterable<Output>> {
  const { name, access, input: schema, run } = definition
  return named(name, access, async function* ({ ctx, input }) {
    const scoped = await enter(ctx, access, input)
    for await (const output of run({ ctx: scoped, input: parse(schema, input) })) {
      await enter(ctx, access, input)
      yield output
    }
  })
}

/** A verb that changes something: scope check → parse → one transaction, which writes an audit row too → notifications. */
export function change<A extends Access, Schema extends z.ZodType, Output>(
  definition: ChangeDefinition<A, Schema, Output>,
): Verb<z.input<Schema>, Promise<Output>> {
  const { name, access, input: schema, run } = definition
  return named(name, access, async ({ ctx, input }) => {
    const scoped = await enter(ctx, access, input)
    const parsed = parse(schema, input)
    return transaction(scoped, name, (opened) => run({ ctx: scoped, input: parsed, change: opened }))
  })
}

/** Runs `work` in a transaction that must write an audit row; used by `change` and by what the platform does by itself. */
export async function transaction<Output>(
  ctx: ControlContext & { namespace?: { id: string } },
  name: string,
  work: (opened: Transaction) => Promise<Output>,
): Promise<Output> {
  const messages: [string, BusMessage][] = []
  let audited = false
  const output = await ctx.db.$transaction(
    async (tx) => {
      const done = await work({
        tx,
        async audit({ actor, namespaceId = ctx.namespace?.id, before, after, ...entry }) {
          audited = true
          await tx.auditEntry.create({
            data: {
              id: newId('aud'),
              namespaceId: namespaceId ?? null,
              actorId: actor?.id ?? (ctx.actor.kind === 'user' ? ctx.actor.userId : null),
              actor: actor?.name ?? actorName(ctx.actor),
              before: json(before),
              after: json(after),
              requestId: ctx.requestId,
              address: ctx.address ?? null,
              ...entry,
            },
          })
        },
        notify: (channel, message) => messages.push([channel, message]),
      })
      if (!audited)
        throw new PlatformError('internal', 'Something went wrong on the server.', { cause: new Error(`${name} wrote no audit row`) })
      return done
    },
    { timeout: 15_000, maxWait: 10_000 },
  )
  if (!audited)
    throw new PlatformError('internal', 'Something went wrong on the server.', { cause: new Error(`${name} wrote no audit row`) })
  const publish = messages.map(([channel, message]) => ctx.platform.bus.publish(channel, message))
  // What was committed has happened; whoever is not told looks again when the bus is back.
  for (const result of await Promise.allSettled(publish))
    if (result.status === 'rejected') ctx.platform.log.warn({ error: String(result.reason), name }, 'a notification was not published')
  return output
}

async function enter<A extends Access>(ctx: ControlContext, access: A, input: unknown): Promise<Scoped<A>> {
  return (await check(ctx, access, input)) as Scoped<A>
}

async function check(ctx: ControlContext, access: Access, input: unknown): Promise<ControlContext | NamespaceContext> {
  const { actor } = ctx
  if (access.kind === 'public') return ctx
  if (access.kind === 'router' || access.kind === 'system') {
    if (actor.kind === access.kind || actor.kind === 'system') return ctx
    throw new PlatformError('permission_denied', 'Only the platform itself may do this.')
  }
  if (actor.kind !== 'user') throw new PlatformError('unauthenticated', 'You are not logged in.', { hint: 'Type `micro login`.' })
  if (access.kind === 'user') return ctx
  if (access.kind === 'operator') {
    await requireOperator(ctx, actor)
    return ctx
  }
  const name = z.looseObject({ namespace: z.string().min(1) }).safeParse(input).data?.namespace
  if (!name) throw new PlatformError('invalid_argument', 'A namespace is needed.', { field: 'namespace' })
  const session = { id: actor.sessionId, revokedAt: null, expiresAt: { gt: ctx.clock.now() } }
  const membership = await ctx.db.membership.findFirst({
    where: { userId: actor.userId, namespace: { name }, user: { sessions: { some: session } } },
    include: { namespace: true },
  })
  if (!membership && !(await ctx.db.session.findFirst({ where: session }))) throw sessionEnded()
  if (!membership)
    throw new PlatformError('not_found', `You are not a member of a namespace ${JSON.stringify(name.slice(0, 40))}.`, {
      hint: 'Type `micro namespace list` to see yours.',
    })
  if (rank[membership.role] < rank[access.role])
    throw new PlatformError(
      'permission_denied',
      `This needs the role ${access.role.toLowerCase()} in ${name}; yours is ${membership.role.toLowerCase()}.`,
      {
        reason: 'ROLE_TOO_LOW',
      },
    )
  const { namespace, role } = membership
  return { ...ctx, namespace: { id: namespace.id, name: namespace.name, role } } satisfies NamespaceContext
}

/** Asked of the database: a token may be older than the end of its session. */
async function requireOperator(ctx: ControlContext, { userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  const session = await ctx.db.session.findFirst({
    where: { id: sessionId, userId, revokedAt: null, expiresAt: { gt: ctx.clock.now() } },
    include: { user: { select: { operator: true } } },
  })
  if (!session) throw sessionEnded()
  if (!session.user.operator)
    throw new PlatformError('permission_denied', 'Only the operator of this installation may do this.', { reason: 'NOT_OPERATOR' })
}

const rank: Record<Role, number> = { VIEWER: 0, DEVELOPER: 1, ADMIN: 2, OWNER: 3 }

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const field = issue?.path.join('.') ?? ''
  // Zod's own words for a key that is not valid say less than the key's schema does.
  const [reason] = issue?.code === 'invalid_key' ? issue.issues : [issue]
  throw new PlatformError('invalid_argument', reason?.message ?? 'The input is not valid.', { field })
}

const actorName = (actor: Actor): string => (actor.kind === 'user' ? actor.username : actor.kind)

const json = (value: unknown) => (value === undefined ? Prisma.DbNull : (JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue))

function named<Input, Output>(verbName: string, access: Access, run: (call: Call<Input>) => Output): Verb<Input, Output> {
  return Object.assign(run, { verbName, access })
}
