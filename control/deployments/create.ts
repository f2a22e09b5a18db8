import { z } from 'zod'
import type { Deployment, Service } from '../../gen/prisma/client.ts'
import type { DeploymentState } from '../../gen/prisma/enums.ts'
import { PlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { nameKey, ServiceName } from '../../lib/names.ts'
import type { Tx } from '../../prisma/client.ts'
import type { NamespaceContext } from '../context.ts'
import { ownerOf, variablesOf } from '../env-vars/owner.ts'
import { layered, openSnapshot, sameVariables, sourceEnvOf } from '../env-vars/snapshot.ts'
import { storeVariables } from '../env-vars/store.ts'
import { Env } from '../env-vars/variable.ts'
import { lockNamespace } from '../namespaces/lock.ts'
import { planOf } from '../namespaces/plans.ts'
import { nextRouteVersion } from '../routes/clock.ts'
import { contentOf, digestOf, labelOf, locationOf, SourceInput } from '../sources/source.ts'
import { member, transaction, verb } from '../verb.ts'
import { mergeOptions, noOptions, Options } from './options.ts'
import { didNotWork, queueDeployment } from './queue.ts'

const Input = z.object({
  namespace: z.string(),
  name: ServiceName,
  source: SourceInput,
  options: Options.default(noOptions),
  /** Set as the service's variables, for good, whatever becomes of this deployment. */
  env: Env.default({}),
  trigger: z.enum(['run', 'update', 'push']).default('run'),
  force: z.boolean().default(false),
})
type Input = z.output<typeof Input>
/** As callers give it, unchecked. */
export type DeployInput = z.input<typeof Input>

/** Either the hashes that must be uploaded first, or the deployment; `unchanged` when the live release is made of just this already. */
export type DeployResult =
  | { kind: 'missing'; hashes: string[] }
  | { kind: 'deployment'; deployment: Deployment; service: Service; unchanged: boolean }

export const createDeployment = verb({
  name: 'deployments.create',
  access: member('DEVELOPER'),
  input: Input,
  async run({ ctx, input }): Promise<DeployResult> {
    const { source } = input
    const existing = await findService(ctx, ctx.db, input.name)
    const unchanged = !input.force && existing && source.kind === 'local' ? await unchangedSince(ctx, existing, input) : undefined
    if (existing && unchanged) return { kind: 'deployment', deployment: unchanged, service: existing, unchanged: true }
    const hashes = await missingOf(ctx, source)
    if (hashes.length > 0) return { kind: 'missing', hashes }
    return transaction(ctx, 'deployments.create', async (change) => {
      const { tx } = change
      await lockNamespace(tx, ctx.namespace.id)
      if ((await missingOf(ctx, source)).length > 0) throw sweptMeanwhile()
      const before = await findService(ctx, tx, input.name)
      const { options, digest } = await settle(ctx, tx, before, input)
      const service = await upsertService(ctx, tx, before, input, options)
      const given = Object.entries(input.env).map(([name, value]) => ({ name, value }))
      const variables = await storeVariables(ctx, tx, ownerOf(ctx.namespace, service), given)
      const sourceId = await storeSource(ctx, tx, source)
      const deployment = await queueDeployment(ctx, change, service, {
        trigger: input.trigger,
        source: labelOf(source),
        sourceLocation: locationOf(source),
        sourceId,
        options,
        digest,
      })
      await change.audit({
        action: 'deployments.create',
        target: service.name,
        after: { deployment: deployment.id, source: deployment.source, trigger: input.trigger, variables },
      })
      return { kind: 'deployment', deployment, service, unchanged: false }
    })
  },
})

async function missingOf(ctx: NamespaceContext, source: Input['source']): Promise<string[]> {
  if (source.kind !== 'local') return []
  const hashes = source.files.flatMap(({ sha256 }) => sha256 ?? [])
  return ctx.platform.blobs.missing(ctx.namespace.id, [...new Set(hashes)])
}

/** Files are removed under the lock of their namespace, so what is there now stays. */
const sweptMeanwhile = () =>
  new PlatformError('aborted', 'Files of this source were just removed from the server, because nothing had needed them for long.', {
    reason: 'SOURCE_SWEPT',
    hint: 'Type the same again: they are uploaded once more.',
  })

type Wanted = { options: Options; digest: string }

/** What was given now over what was given before, but for deployments that did not work: what they were given may be why. */
async function settle(ctx: NamespaceContext, db: Pick<Tx, 'deployment'>, service: Service | null, input: Input): Promise<Wanted> {
  const last = service && (await lastDeployment(ctx, db, service, { notIn: didNotWork }))
  const options = mergeOptions(last ? Options.parse(last.options) : noOptions, input.options)
  return { options, digest: digestOf([contentOf(input.source), options]) }
}

/** The deployment that made the live release, when it was made of just the same and nothing else is under way. */
async function unchangedSince(ctx: NamespaceContext, service: Service, input: Input): Promise<Deployment | undefined> {
  const { digest } = await settle(ctx, ctx.db, service, input)
  const last = await lastDeployment(ctx, ctx.db, service)
  const same = last?.state === 'LIVE' && last.releaseId === service.liveReleaseId && last.digest === digest && service.instancesWanted > 0
  return same && (await hasAllVariables(ctx, service, input.env)) ? last : undefined
}

/** Whether the live release has all that is set by now, and those given are among them. */
async function hasAllVariables(ctx: NamespaceContext, service: Service, given: Record<string, string>): Promise<boolean> {
  const live = await ctx.db.release.findUnique({ where: { id: service.liveReleaseId ?? '', namespaceId: ctx.namespace.id } })
  const set = await variablesOf(ctx, ctx.db, service)
  const isSet = ([name, value]: [string, string]) => set.some((variable) => variable.name === name && variable.value === value)
  return live !== null && Object.entries(given).every(isSet) && sameVariables(openSnapshot(ctx, live), layered(sourceEnvOf(ctx, live), set))
}

const lastDeployment = (
  ctx: NamespaceContext,
  db: Pick<Tx, 'deployment'>,
  { id: serviceId }: Service,
  state: { notIn: DeploymentState[] } = { notIn: [] },
): Promise<Deployment | null> =>
  db.deployment.findFirst({ where: { serviceId, namespaceId: ctx.namespace.id, state }, orderBy: { number: 'desc' } })

/** The service of that name, if there is one. @throws PlatformError `already_exists` when only one that would answer at the same path is there */
async function findService(ctx: NamespaceContext, db: Pick<Tx, 'service'>, name: string): Promise<Service | null> {
  const service = await db.service.findUnique({ where: { namespaceId_key: { namespaceId: ctx.namespace.id, key: nameKey(name) } } })
  if (!service || service.name === name) return service
  throw new PlatformError(
    'already_exists',
    `${name} and the service ${service.name} differ in hyphens only, and would answer at the same path.`,
    {
      reason: 'SERVICE_NAME_TAKEN',
      field: 'name',
      hint: `Choose another name, or deploy it as ${service.name}.`,
    },
  )
}

async function upsertService(ctx: NamespaceContext, tx: Tx, existing: Service | null, input: Input, options: Options): Promise<Service> {
  const data = input.options.instances === undefined ? {} : { instancesWanted: input.options.instances }
  if (existing) {
    const wake = existing.instancesWanted === 0 && input.options.instances === undefined ? { instancesWanted: options.instances || 1 } : {}
    return tx.service.update({ where: { id: existing.id }, data: { ...data, ...wake } })
  }
  const plan = await planOf(tx, ctx.namespace.id)
  const count = await tx.service.count({ where: { namespaceId: ctx.namespace.id, deletedAt: null } })
  if (count >= plan.services)
    throw new PlatformError(
      'failed_precondition',
      `${ctx.namespace.name} has ${count} services; its plan (${plan.name}) allows ${plan.services}.`,
      { reason: 'LIMIT_REACHED', hint: 'Delete one with `micro kill NAME`.' },
    )
  const service = {
    id: newId('svc'),
    namespaceId: ctx.namespace.id,
    name: input.name,
    key: nameKey(input.name),
    // Of an existing one it changes when the deployment goes live.
    source: labelOf(input.source),
    sourceLocation: locationOf(input.source),
  }
  const isPublic = options.public === undefined ? {} : { public: options.public }
  return tx.service.create({ data: { ...service, ...data, ...isPublic, routeVersion: await nextRouteVersion(tx) } })
}

async function storeSource(ctx: NamespaceContext, tx: Tx, source: SourceInput): Promise<string> {
  const content = contentOf(source)
  const digest = digestOf(content)
  const same = await tx.source.findFirst({ where: { namespaceId: ctx.namespace.id, digest } })
  if (same) return same.id
  const { id } = await tx.source.create({ data: { id: newId('src'), namespaceId: ctx.namespace.id, content, digest } })
  return id
}
