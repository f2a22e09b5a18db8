import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Namespace } from '../../gen/prisma/client.ts'
import { createTestPlatform, type TestPlatform, type TestUser } from '../../testing/platform.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { ControlContext } from '../context.ts'
import type { RouteChanges } from '../routes/watch.ts'
import { watchRoutes } from '../routes/watch.ts'
import type { Worker, WorkerContext } from '../worker.ts'
import { deleteNamespace } from './delete.ts'
import { applyFirewall, keepFirewall } from './firewall.ts'
import { allocateNetwork } from './network.ts'
import { setEgress } from './set-egress.ts'

const pool = '10.208.0.0/20'
let platform: TestPlatform
let owner: TestUser
let ctx: ControlContext

beforeAll(async () => {
  platform = await createTestPlatform()
  owner = await platform.createUser()
  ctx = { ...platform.ctx, platform: { ...platform.ctx.platform, networkPool: pool } }
})
beforeEach(() => platform.ctx.db.namespace.updateMany({ data: { networkIndex: null, egress: true } }))
afterAll(() => platform.close())

const namespaces = (count: number) => Promise.all(Array.from({ length: count }, () => platform.createNamespace(owner)))
const allocate = (namespace: Namespace, from = pool) => allocateNetwork(ctx, namespace, from)
const current = ({ id }: Namespace) => platform.ctx.db.namespace.findUniqueOrThrow({ where: { id } })
const egress = (namespace: Namespace, allowed: boolean) => setEgress({ ctx: owner.ctx, input: { namespace: namespace.name, allowed } })

describe('the network of a namespace', () => {
  test('is one that nobody else has, however many want one at once', async () => {
    const made = await Promise.all((await namespaces(12)).map((namespace) => allocate(namespace)))
    expect(made.map(({ subnet }) => subnet).sort()).toEqual(Array.from({ length: 12 }, (_, i) => `10.208.${i}.0/24`).sort())
    expect(made.every(({ subnet, gateway }) => gateway === subnet.replace(/0\/24$/, '1'))).toBe(true)
  })

  test('is one, though several of its instances start at once, and stays', async () => {
    const [namespace] = (await namespaces(1)) as [Namespace]
    const made = await Promise.all(Array.from({ length: 5 }, () => allocate(namespace)))
    expect(new Set(made.map(({ subnet }) => subnet)).size).toBe(1)
    expect(await allocate(await current(namespace))).toEqual(made[0])
    const audited = await platform.ctx.db.auditEntry.findMany({
      where: { action: 'namespaces.allocateNetwork', namespaceId: namespace.id },
    })
    expect(audited.length).toBeGreaterThan(0)
  })

  test('is given to another once the namespace is gone', async () => {
    const [gone, next] = (await namespaces(2)) as [Namespace, Namespace]
    const { subnet } = await allocate(gone)
    await deleteNamespace({ ctx: owner.ctx, input: { namespace: gone.name } })
    await platform.ctx.db.namespace.delete({ where: { id: gone.id } })
    expect((await allocate(next)).subnet).toBe(subnet)
  })

  test('cannot be had when all are in use, and the error says what to do', async () => {
    const [first, second] = (await namespaces(2)) as [Namespace, Namespace]
    await allocate(first, '192.168.7.0/24')
    await expect(allocate(second, '192.168.7.0/24')).rejects.toMatchObject({
      code: 'resource_exhausted',
      message: expect.stringContaining('1 namespaces have one each'),
      details: { hint: expect.stringContaining('MICRO_NETWORK_POOL=192.168.7.0/24') },
    })
    expect((await current(second)).networkIndex).toBeNull()
  })

  test('is another when the pool became too small for the one that it had', async () => {
    const [namespace] = (await namespaces(1)) as [Namespace]
    await platform.ctx.db.namespace.update({ where: { id: namespace.id }, data: { networkIndex: 15 } })
    expect(await allocate(await current(namespace))).toMatchObject({ subnet: '10.208.15.0/24' })
    expect(await allocate(await current(namespace), '10.208.0.0/22')).toMatchObject({ subnet: '10.208.0.0/24' })
  })
})

describe('routers', () => {
  const follow = (version: bigint, of = ctx) =>
    watchRoutes({ ctx: { ...of, actor: { kind: 'router' } }, input: { routerId: `router-${version}`, version } })[Symbol.asyncIterator]()
  const networksIn = ({ namespaces }: RouteChanges) => Object.fromEntries(namespaces.map(({ name, network }) => [name, network]))
  const next = async (changes: AsyncIterator<RouteChanges>) => (await changes.next()).value as RouteChanges

  test('are told the network once there is one, and whether names outside are resolved', async () => {
    const [namespace] = (await namespaces(1)) as [Namespace]
    const changes = follow(0n)
    expect(networksIn(await next(changes))).toMatchObject({ [namespace.name]: undefined })
    await allocate(namespace)
    const told = await next(changes)
    expect(networksIn(told)).toEqual({ [namespace.name]: { subnet: '10.208.0.0/24', gateway: '10.208.0.1' } })
    expect(told.namespaces).toMatchObject([{ egress: true }])
    await egress(namespace, false)
    expect((await next(changes)).namespaces).toMatchObject([{ name: namespace.name, egress: false }])
    await changes.return?.()
  })

  test('are told all networks when they come back, since the pool may be another', async () => {
    const [namespace] = (await namespaces(1)) as [Namespace]
    await allocate(namespace)
    const { version } = await platform.ctx.db.routeClock.findUniqueOrThrow({ where: { id: 1 } })
    const moved = { ...ctx, platform: { ...ctx.platform, networkPool: '10.64.0.0/16' } }
    const changes = follow(version, moved)
    expect(networksIn(await next(changes))).toEqual({ [namespace.name]: { subnet: '10.64.0.0/24', gateway: '10.64.0.1' } })
    await changes.return?.()
    const without = follow(version, platform.ctx)
    expect(networksIn(await next(without))).toEqual({ [namespace.name]: undefined })
    await without.return?.()
  })
})

describe('the firewall', () => {
  const keeping = (signal: AbortSignal) => {
    const applied: string[][] = []
    const firewall = { apply: async ({ closed }: { closed: readonly string[] }) => void applied.push([...closed]) }
    const worker = { ...ctx, signal, worker: { firewall } as unknown as Worker } satisfies WorkerContext
    return { applied, worker }
  }

  test('is told the networks that are closed, at once when that changes', async () => {
    const [open, closed] = (await namespaces(2)) as [Namespace, Namespace]
    await allocate(open)
    const { subnet } = await allocate(closed)
    const left = new AbortController()
    const { applied, worker } = keeping(left.signal)
    const kept = keepFirewall(worker)
    await waitFor('it was applied', () => applied.at(-1)?.length === 0)
    await egress(closed, false)
    await waitFor('it is closed', () => applied.at(-1)?.join() === subnet)
    await egress(closed, true)
    await waitFor('it is open', () => applied.at(-1)?.length === 0)
    left.abort()
    await kept
  })

  test('knows of a namespace that was closed before it had a network', async () => {
    const [namespace] = (await namespaces(1)) as [Namespace]
    await egress(namespace, false)
    const { applied, worker } = keeping(ctx.signal)
    await applyFirewall(worker)
    const { subnet } = await allocate(namespace)
    await applyFirewall(worker)
    expect(applied).toEqual([[], [subnet]])
  })
})
