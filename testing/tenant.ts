import { ownerOf } from '../control/env-vars/owner.ts'
import { layered, sealSnapshot } from '../control/env-vars/snapshot.ts'
import { storeVariables } from '../control/env-vars/store.ts'
import { nextRouteVersion } from '../control/routes/clock.ts'
import type { Namespace, Prisma } from '../gen/prisma/client.ts'
import type { DeploymentState, Role } from '../gen/prisma/enums.ts'
import { newId } from '../lib/ids.ts'
import { nameKey } from '../lib/names.ts'
import type { TestPlatform, TestUser } from './platform.ts'

export const roles: Role[] = ['VIEWER', 'DEVELOPER', 'ADMIN', 'OWNER']

/** A namespace with a member of each role, and one of everything that a namespace can have. */
export type Tenant = {
  namespace: Namespace
  members: Record<Role, TestUser>
  service: string
  serviceId: string
  /** One that has not ended, after two that were live. */
  deployment: string
  release: string
  instance: string
  /** One that waits. */
  run: string
  host: string
  variable: string
  /** Position of a line of its logs. */
  cursor: string
}

export async function createTenant(platform: TestPlatform, name?: string): Promise<Tenant> {
  const { db } = platform.ctx
  const owner = await platform.createUser()
  const namespace = await platform.createNamespace(owner, name)
  const lower = await Promise.all([platform.createUser(), platform.createUser(), platform.createUser()])
  const [VIEWER, DEVELOPER, ADMIN] = lower
  await Promise.all(lower.map((user, index) => platform.join(namespace, user, roles[index] ?? 'VIEWER')))

  const { service } = await createService(platform, namespace, 'hello')
  const release = await createReleaseRow(platform, service)
  await db.service.update({ where: { id: service.id }, data: { liveReleaseId: release.id } })
  const ids = { namespaceId: namespace.id, serviceId: service.id }
  const deployment = (await createDeploymentRow(platform, service, { state: 'QUEUED' })).id
  const instance = newId('ins')
  await db.instance.create({
    data: { ...ids, id: instance, releaseId: release.id, deploymentId: release.deploymentId, state: 'READY', host: '127.0.0.1', port: 1 },
  })
  const run = newId('run')
  await db.run.create({ data: { ...ids, id: run, releaseId: release.id, kind: 'JOB', command: ['true'], timeoutMs: 1_000 } })
  const entry = { name: 'tidy', schedule: '0 0 1 1 *', timezone: 'UTC', command: 'true', timeoutMs: 1_000, overlap: 'skip' }
  await db.cronEntry.create({ data: { ...ids, ...entry, nextAt: new Date('2100-01-01') } })
  await db.credential.create({
    data: { namespaceId: namespace.id, host: 'git.example.com', username: 'x', sealedSecret: new Uint8Array([1]) },
  })
  const variables = [{ name: 'TOKEN', value: 'a secret of a tenant', kind: 'SECRET' as const }]
  await db.$transaction((tx) => storeVariables(platform.ctx, tx, ownerOf(namespace, service), variables))
  const line: Prisma.LogChunkUncheckedCreateInput = {
    ...ids,
    firstAt: new Date(),
    lastAt: new Date(),
    lines: [[Date.now(), `a line of ${namespace.id}`]],
    count: 1,
    bytes: 40,
  }
  const chunk = await db.logChunk.create({ data: { ...line, instanceId: instance } })
  await db.logChunk.create({ data: { ...line, deploymentId: deployment } })
  await db.logChunk.create({ data: { ...line, runId: run } })
  const members = { OWNER: owner, ADMIN, DEVELOPER, VIEWER }
  return {
    namespace,
    members,
    service: service.name,
    serviceId: service.id,
    deployment,
    release: release.id,
    instance,
    run,
    host: 'git.example.com',
    variable: 'TOKEN',
    cursor: `${chunk.id}.0`,
  }
}

/** A service whose release v1 is live, without instances. */
export async function createService(platform: TestPlatform, namespace: Namespace, name: string, env: Record<string, string> = {}) {
  const { db } = platform.ctx
  const created = await db.$transaction(async (tx) =>
    tx.service.create({
      data: {
        id: newId('svc'),
        namespaceId: namespace.id,
        name,
        key: nameKey(name),
        source: `./${name}`,
        routeVersion: await nextRouteVersion(tx),
      },
    }),
  )
  const release = await createReleaseRow(platform, created, { env })
  const service = await db.service.update({ where: { id: created.id }, data: { liveReleaseId: release.id } })
  return { service, release }
}

type ServiceIds = { id: string; namespaceId: string; name: string }

export async function createDeploymentRow({ ctx }: TestPlatform, service: ServiceIds, options: { state: DeploymentState }) {
  const { id: serviceId, namespaceId } = service
  const { deployments: number } = await ctx.db.service.update({ where: { id: serviceId }, data: { deployments: { increment: 1 } } })
  const content = { kind: 'git', url: 'https://git.example.com/hello.git' }
  const source = await ctx.db.source.create({ data: { id: newId('src'), namespaceId, content, digest: newId('digest') } })
  return ctx.db.deployment.create({
    data: {
      id: newId('dep'),
      namespaceId,
      serviceId,
      number,
      state: options.state,
      trigger: 'run',
      source: 'git.example.com/hello',
      sourceId: source.id,
      options: {},
      digest: newId('digest'),
    },
  })
}

/** A release, and the deployment that made it. */
export async function createReleaseRow(platform: TestPlatform, service: ServiceIds, { env = {} }: { env?: Record<string, string> } = {}) {
  const { db } = platform.ctx
  const deployment = await createDeploymentRow(platform, service, { state: 'LIVE' })
  const { releases: version } = await db.service.update({ where: { id: service.id }, data: { releases: { increment: 1 } } })
  const release = await db.release.create({
    data: {
      id: newId('rel'),
      namespaceId: service.namespaceId,
      serviceId: service.id,
      version,
      deploymentId: deployment.id,
      source: deployment.source,
      artifact: { kind: 'directory', path: '/nonexistent', startCommand: 'true' },
      artifactBytes: 1,
      digest: deployment.digest,
      detected: 'test',
      settings: { env },
      ...sealSnapshot(platform.ctx, service, layered(env, [])),
      protocol: 'http',
    },
  })
  await db.deployment.update({ where: { id: deployment.id }, data: { releaseId: release.id } })
  return release
}
