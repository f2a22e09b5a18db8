import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../gen/prisma/client.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { createService } from '../../testing/tenant.ts'
import { logOut } from '../auth/log-out.ts'
import { accessTokenLifetimeMs } from '../auth/tokens.ts'
import { routesChannel } from '../context.ts'
import { createNamespace } from '../namespaces/create.ts'
import { deleteNamespace } from '../namespaces/delete.ts'
import { deleteService } from '../services/delete.ts'
import { routersApplied, routersDrained } from './applied.ts'
import { nextRouteVersion } from './clock.ts'
import { reportRoutes } from './report.ts'
import { type RouteChanges, watchRoutes } from './watch.ts'

let platform: TestPlatform
let owner: TestUser
let namespace: Namespace
let left: AbortController

beforeEach(async () => {
  platform = await createTestPlatform()
  owner = await platform.createUser()
  namespace = await platform.createNamespace(owner, 'acme')
  left = new AbortController()
})
afterEach(async () => {
  left.abort()
  await platform.close()
})

const router = () => platform.as({ kind: 'router' }, left.signal)
const follow = (version = 0n, routerId = 'router') => watchRoutes({ ctx: router(), input: { routerId, version } })[Symbol.asyncIterator]()
const currentVersion = async () => (await platform.ctx.db.routeClock.findUniqueOrThrow({ where: { id: 1 } })).version
const tell = () => platform.ctx.platform.bus.publish(routesChannel, {})

async function next(changes: AsyncIterator<RouteChanges>): Promise<RouteChanges> {
  const { value, done } = await changes.next()
  if (done) throw new Error('the routes have ended')
  return value
}

/** The table as a router builds it from what it is told. */
function createTable() {
  const services = new Map<string, bigint>()
  const namespaces = new Set<string>()
  return {
    services,
    namespaces,
    merge({ snapshot, removedNamespaces, removedRoutes, namespaces: added, routes }: RouteChanges) {
      if (snapshot) for (const all of [services, namespaces]) all.clear()
      for (const name of removedNamespaces) {
        namespaces.delete(name)
        for (const key of services.keys()) if (key.startsWith(`${name}/`)) services.delete(key)
      }
      for (const { namespace, service } of removedRoutes) services.delete(`${namespace}/${service}`)
      for (const { name } of added) namespaces.add(name)
      for (const { namespace, name, routeVersion } of routes) services.set(`${namespace.name}/${name}`, routeVersion)
    },
  }
}

describe('who follows the routes', () => {
  test('gets the whole table first, with the public keys', async () => {
    await createService(platform, namespace, 'hello')
    const first = await next(follow())
    expect(first).toMatchObject({
      snapshot: true,
      version: await currentVersion(),
      removedNamespaces: [],
      removedRoutes: [],
      revokedSessions: [],
    })
    expect(first.namespaces.map(({ name }) => name)).toEqual(['acme'])
    expect(first.routes.map(({ name, unavailableReason }) => [name, unavailableReason])).toEqual([
      ['hello', expect.stringMatching(/^hello has no instance that is ready/)],
    ])
    expect(JSON.parse(first.jwks)).toEqual(platform.ctx.platform.tokens.jwks())
  })

  test('gets then what changed, and only that', async () => {
    await createService(platform, namespace, 'hello')
    const changes = follow()
    await next(changes)
    await createService(platform, namespace, 'other')
    await createNamespace({ ctx: owner.ctx, input: { name: 'second' as never } })
    const { snapshot, namespaces, routes } = await next(changes)
    expect([snapshot, namespaces.map(({ name }) => name), routes.map(({ name }) => name)]).toEqual([false, ['second'], ['other']])
  })

  test('that holds the present version gets an empty change, and from an earlier one what it missed', async () => {
    await createService(platform, namespace, 'hello')
    const held = await currentVersion()
    expect(await next(follow(held))).toMatchObject({ snapshot: false, version: held, namespaces: [], routes: [] })
    await createService(platform, namespace, 'other')
    const { routes } = await next(follow(held))
    expect(routes.map(({ name }) => name)).toEqual(['other'])
  })

  test('with a version that is yet to come, from another life of the database, gets the whole table', async () => {
    expect(await next(follow(1_000_000n))).toMatchObject({ snapshot: true, version: await currentVersion() })
  })

  test('is told of what was removed while it was away, and of what has its name now', async () => {
    const { service } = await createService(platform, namespace, 'hello')
    const held = await currentVersion()
    await deleteService({ ctx: owner.ctx, input: { namespace: 'acme', service: 'hello' } })
    await createService(platform, namespace, 'hello')
    const { removedRoutes, routes } = await next(follow(held))
    expect(removedRoutes).toEqual([{ namespace: 'acme', service: 'hello' }])
    expect(routes.map(({ name, id }) => [name, id === service.id])).toEqual([['hello', false]])
    const before = await currentVersion()
    await deleteNamespace({ ctx: owner.ctx, input: { namespace: 'acme' } })
    expect(await next(follow(before))).toMatchObject({ removedNamespaces: ['acme'], namespaces: [], routes: [] })
    expect(await next(follow())).toMatchObject({ namespaces: [], routes: [] })
  })

  test('is told which sessions were revoked, for as long as their tokens live', async () => {
    const changes = follow()
    await next(changes)
    await logOut({ ctx: owner.ctx, input: {} })
    expect((await next(changes)).revokedSessions).toEqual([owner.login.sessionId])
    expect((await next(follow(await currentVersion(), 'another'))).revokedSessions).toEqual([owner.login.sessionId])
    platform.clock.advance(accessTokenLifetimeMs + 1_000)
    expect((await next(follow())).revokedSessions).toEqual([])
  })

  test('misses no version, however many write at once', { timeout: 60_000 }, async () => {
    const table = createTable()
    const versions: bigint[] = []
    const changes = follow()
    let wanted: bigint | undefined
    const following = (async () => {
      for (let version = 0n; wanted === undefined || version < wanted; ) {
        const change = await next(changes)
        table.merge(change)
        version = change.version
        versions.push(version)
      }
    })()
    const names = Array.from({ length: 12 }, (_, number) => `service${number}`)
    await Promise.all(
      names.map(async (name, index) => {
        const { service } = await createService(platform, namespace, name)
        for (let round = 0; round < 5; round++) {
          await platform.ctx.db.$transaction(async (tx) => {
            await tx.service.update({ where: { id: service.id }, data: { routeVersion: await nextRouteVersion(tx) } })
          })
          await tell()
        }
        if (index % 3 === 0) await deleteService({ ctx: owner.ctx, input: { namespace: 'acme', service: name } })
      }),
    )
    wanted = await currentVersion()
    await tell()
    await following
    expect(versions).toEqual([...versions].sort((a, b) => Number(a - b)))
    const rows = await platform.ctx.db.service.findMany({ where: { deletedAt: null } })
    expect(table.services).toEqual(new Map(rows.map(({ name, routeVersion }) => [`acme/${name}`, routeVersion])))
    expect(rows).toHaveLength(8)
  })
})

describe('a rollout', () => {
  const wait = (version: bigint, timeoutMs = 10_000) => ({ version, timeoutMs, signal: left.signal })
  const report = (routerId: string, version: bigint, inFlight: Record<string, number> = {}) =>
    reportRoutes({ ctx: router(), input: { routerId, version, inFlight } })

  test('waits for no router when there is none', async () => {
    expect(await routersApplied(platform.ctx, wait(5n))).toBe(true)
  })

  test('waits until every router has applied the version', async () => {
    await report('one', 5n)
    await report('two', 4n)
    const applied = routersApplied(platform.ctx, wait(5n))
    expect(await routersApplied(platform.ctx, wait(5n, 100))).toBe(false)
    await report('two', 5n)
    expect(await applied).toBe(true)
  })

  test('does not wait for a router that was not heard of for long', async () => {
    await report('one', 4n)
    platform.clock.advance(16_000)
    expect(await routersApplied(platform.ctx, wait(5n))).toBe(true)
  })

  test('waits until no router has a request on an instance', async () => {
    await report('one', 5n, { ins_1: 2, ins_2: 1 })
    const drained = routersDrained(platform.ctx, 'ins_1', wait(5n))
    await report('one', 5n, { ins_1: 1 })
    expect(await routersDrained(platform.ctx, 'ins_1', wait(5n, 100))).toBe(false)
    await report('one', 5n)
    expect(await drained).toBe(true)
  })

  test('does not wait for a router that has gone', async () => {
    const gone = new AbortController()
    const changes = watchRoutes({ ctx: platform.as({ kind: 'router' }, gone.signal), input: { routerId: 'one', version: 0n } })[
      Symbol.asyncIterator
    ]()
    await next(changes)
    await report('one', 4n)
    gone.abort()
    expect(await changes.next()).toMatchObject({ done: true })
    expect(await routersApplied(platform.ctx, wait(5n))).toBe(true)
  })
})
