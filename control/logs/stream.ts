import { z } from 'zod'
import type { Service } from '../../gen/prisma/client.ts'
import { PlatformError } from '../../lib/errors.ts'
import { type NamespaceContext, namespaceChannel } from '../context.ts'
import { findDeployment } from '../deployments/get.ts'
import { activeStates } from '../deployments/queue.ts'
import { findService } from '../services/find.ts'
import { member, watch } from '../verb.ts'
import { type LogFilter, parseCursor, readAfter, readTail, type StoredLine } from './read.ts'

export const Cursor = z.string().refine((cursor) => parseCursor(cursor), 'That is not a position in a log.')

const Input = z.object({
  namespace: z.string(),
  service: z.string(),
  tail: z.number().int().min(0).max(10_000).default(100),
  follow: z.boolean().default(false),
  since: z.date().optional(),
  instance: z.string().optional(),
  /** Build output of this deployment, or with `last` of the newest one, in place of the instances' output. */
  build: z.union([z.literal('last'), z.object({ deploymentId: z.string() })]).optional(),
  after: Cursor.optional(),
})

/** Kept lines, oldest first, in batches; then, with follow, those to come. A build's output ends when the deployment has. */
export const streamLogs = watch({
  name: 'logs.stream',
  access: member('VIEWER'),
  input: Input,
  async *run({ ctx, input }): AsyncGenerator<StoredLine[]> {
    const service = await findService(ctx, input.service)
    const deploymentId = input.build && (await buildOf(ctx, service, input.build))
    const filter: LogFilter = {
      serviceId: service.id,
      ...(deploymentId ? { deploymentId } : {}),
      ...(input.instance ? { instanceId: await instanceOf(ctx, service, input.instance) } : {}),
      ...(input.since ? { since: input.since } : {}),
    }
    let position = input.after ? parseCursor(input.after) : undefined
    if (!position) {
      const before = input.tail === 0 ? await newest(ctx) : undefined
      const kept = deploymentId ? await readAfter(ctx, filter, undefined) : await readTail(ctx, filter, input.tail)
      const last = kept.at(-1)
      // With nothing kept yet, whatever comes is new.
      position = last ? parseCursor(last.cursor) : before
      yield kept
    }
    if (!input.follow) {
      if (input.after || deploymentId) yield* rest()
      return
    }
    for await (const message of ctx.platform.bus.subscribe(namespaceChannel(ctx.namespace.id), { signal: ctx.signal })) {
      if (message && message.service !== service.id) continue
      const ended = deploymentId ? !(await isActive(ctx, deploymentId)) : false
      yield* rest()
      if (ended) return
    }

    async function* rest(): AsyncGenerator<StoredLine[]> {
      for (;;) {
        const lines = await readAfter(ctx, filter, position)
        const last = lines.at(-1)
        if (!last) return
        position = parseCursor(last.cursor)
        yield lines
      }
    }
  },
})

/** The newest that builds: rolling back and restarting do not. */
async function buildOf(ctx: NamespaceContext, service: Service, build: 'last' | { deploymentId: string }): Promise<string> {
  const where = { serviceId: service.id, namespaceId: ctx.namespace.id }
  const deployment = await ctx.db.deployment.findFirst({
    where: build === 'last' ? { ...where, trigger: { notIn: ['rollback', 'restart'] } } : { ...where, id: build.deploymentId },
    orderBy: { number: 'desc' },
  })
  if (!deployment)
    throw new PlatformError('not_found', 'There is no such deployment.', {
      hint: `Type \`micro deployments ${service.name}\` to see them.`,
    })
  return deployment.id
}

/** Ids of instances are long; the end of one that is unambiguous is enough. */
async function instanceOf(ctx: NamespaceContext, service: Service, id: string): Promise<string> {
  const found = await ctx.db.logChunk.findFirst({
    where: { serviceId: service.id, namespaceId: ctx.namespace.id, instanceId: { endsWith: id } },
    orderBy: { id: 'desc' },
  })
  if (!found?.instanceId)
    throw new PlatformError('not_found', `There is no output of an instance ${JSON.stringify(id)}.`, {
      hint: `Type \`micro status ${service.name}\` to see the instances.`,
    })
  return found.instanceId
}

async function newest(ctx: NamespaceContext) {
  const chunk = await ctx.db.logChunk.findFirst({
    where: { namespaceId: ctx.namespace.id },
    orderBy: { id: 'desc' },
    select: { id: true, count: true },
  })
  return chunk ? { chunk: chunk.id, index: chunk.count } : undefined
}

async function isActive(ctx: NamespaceContext, id: string): Promise<boolean> {
  const row = await ctx.db.deployment.findUnique({ where: { id }, select: { state: true } })
  return row !== null && activeStates.includes(row.state)
}

/** Build output of one deployment, found by its id alone, until it has ended. */
export const streamBuildLog = watch({
  name: 'logs.streamBuild',
  access: member('VIEWER'),
  input: z.object({ namespace: z.string(), deployment: z.string(), after: Cursor.optional() }),
  async *run({ ctx, input: { namespace, deployment, after } }) {
    const { service, id } = await findDeployment(ctx, deployment)
    yield* streamLogs({ ctx, input: { namespace, service: service.name, follow: true, build: { deploymentId: id }, after } })
  },
})
