import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CronSetting } from '../../builder/builder.ts'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { createService, createTenant, type Tenant } from '../../testing/tenant.ts'
import { deleteService } from '../services/delete.ts'
import { beginDue } from './cron.ts'
import { listCronEntries, writeEntries } from './cron-entries.ts'

const minuteMs = 60_000
let platform: TestPlatform
let tenant: Tenant
let service: string
let ids: { serviceId: string; namespaceId: string }

beforeAll(async () => {
  platform = await createTestPlatform()
  tenant = await createTenant(platform)
})
beforeEach(async () => {
  service = `cron-${Math.random().toString(36).slice(2, 10).replace(/^\d/, 'x')}`
  const created = await createService(platform, tenant.namespace, service)
  ids = { serviceId: created.service.id, namespaceId: tenant.namespace.id }
})
afterAll(() => platform.close())

const entry = (changes: Partial<CronSetting> = {}): CronSetting => ({
  ...{ name: 'tidy', schedule: '*/10 * * * *', timezone: 'UTC', command: 'npm run tidy', timeoutMs: minuteMs, overlap: 'skip' },
  ...changes,
})

/** As a release with these entries that goes live does. */
const live = (...cron: CronSetting[]) =>
  platform.ctx.db.$transaction((tx) => writeEntries(platform.ctx, tx, { ...ids, settings: { cron } as never }))

const entries = () => listCronEntries({ ctx: tenant.members.VIEWER.ctx, input: { namespace: tenant.namespace.name, service } })
const runs = () => platform.ctx.db.run.findMany({ where: ids, orderBy: { id: 'asc' } })
const states = async () => (await runs()).map(({ state }) => state)
const setState = (state: 'RUNNING' | 'SUCCEEDED') => platform.ctx.db.run.updateMany({ where: { ...ids, state: 'QUEUED' }, data: { state } })

/** Lets the time pass until just after the entry is due next. */
async function untilDue(): Promise<Date> {
  const [next] = await entries()
  const dueAt = next?.nextAt ?? new Date()
  platform.clock.advance(dueAt.getTime() - platform.clock.now().getTime() + 1)
  return dueAt
}

describe('a cron entry', () => {
  test('is begun when it is due, once, and not before', async () => {
    await live(entry())
    await beginDue(platform.ctx)
    expect(await runs()).toEqual([])
    const dueAt = await untilDue()
    await beginDue(platform.ctx)
    await beginDue(platform.ctx)
    expect(await runs()).toMatchObject([
      { kind: 'CRON', state: 'QUEUED', cronName: 'tidy', dueAt, command: 'npm run tidy', timeoutMs: minuteMs, creator: null },
    ])
    expect((await entries())[0]?.nextAt).toEqual(new Date(dueAt.getTime() + 10 * minuteMs))
  })

  test('is begun by one of all that look at the same moment', async () => {
    await live(entry(), entry({ name: 'other' }))
    await untilDue()
    await Promise.all(Array.from({ length: 6 }, () => beginDue(platform.ctx)))
    expect((await runs()).map(({ cronName }) => cronName).sort()).toEqual(['other', 'tidy'])
  })

  test('is begun once for all the times that were missed', async () => {
    await live(entry())
    const dueAt = await untilDue()
    platform.clock.advance(5 * 60 * minuteMs)
    await beginDue(platform.ctx)
    expect(await runs()).toMatchObject([{ state: 'QUEUED', dueAt }])
    const next = (await entries())[0]?.nextAt?.getTime() ?? 0
    expect(next - platform.clock.now().getTime()).toBeGreaterThan(0)
    expect(next - platform.clock.now().getTime()).toBeLessThanOrEqual(10 * minuteMs)
  })

  test('tells how long to wait for it', async () => {
    await live(entry({ schedule: '* * * * *' }))
    await untilDue()
    platform.clock.advance(minuteMs - 2_001)
    await beginDue(platform.ctx)
    const dueInMs = ((await entries())[0]?.nextAt?.getTime() ?? 0) - platform.clock.now().getTime()
    expect(await beginDue(platform.ctx)).toBeLessThanOrEqual(Math.min(dueInMs, 5_000))
  })

  test('comes and goes with the release, and one whose times stay goes on', async () => {
    await live(entry({ schedule: '0 0 1 1 *' }), entry({ name: 'other' }))
    const before = await entries()
    platform.clock.advance(11 * minuteMs)
    await live(entry({ schedule: '0 0 1 1 *', command: ['node', 'tidy.js'] }), entry({ name: 'new' }))
    const after = await entries()
    expect(after.map(({ name }) => name)).toEqual(['new', 'tidy'])
    expect(after[1]).toMatchObject({ command: ['node', 'tidy.js'], nextAt: before.find(({ name }) => name === 'tidy')?.nextAt })
    await live(entry({ schedule: '0 0 2 1 *' }))
    expect((await entries())[0]?.nextAt?.toISOString()).toMatch(/-01-02T00:00:00/)
    await live()
    expect(await entries()).toEqual([])
  })

  test('is by the clocks of its time zone', async () => {
    await live(entry({ schedule: '0 6 * * *', timezone: 'Asia/Tokyo' }))
    expect((await entries())[0]?.nextTimes.map((at) => at.toISOString().slice(11, 16))).toEqual(['21:00', '21:00', '21:00'])
  })

  test('of a service that is deleted is not begun', async () => {
    await live(entry())
    await untilDue()
    const { ctx } = tenant.members.DEVELOPER
    await deleteService({ ctx, input: { namespace: tenant.namespace.name, service } })
    await beginDue(platform.ctx)
    expect(await runs()).toEqual([])
  })
})

describe('when the run before has not ended', () => {
  async function dueTwice(overlap: CronSetting['overlap']): Promise<void> {
    await live(entry({ overlap }))
    for (const _ of [1, 2]) {
      await setState('RUNNING')
      await untilDue()
      await beginDue(platform.ctx)
    }
  }

  test('the next is left out', async () => {
    await dueTwice('skip')
    expect(await runs()).toMatchObject([{ state: 'RUNNING' }, { state: 'SKIPPED', reason: 'The run before had not ended.' }])
    await setState('SUCCEEDED')
    await platform.ctx.db.run.updateMany({ where: ids, data: { state: 'SUCCEEDED' } })
    await untilDue()
    await beginDue(platform.ctx)
    expect((await states()).at(-1)).toBe('QUEUED')
  })

  test('the next waits, and no more than one', async () => {
    await dueTwice('queue')
    expect(await states()).toEqual(['RUNNING', 'QUEUED'])
    await untilDue()
    await beginDue(platform.ctx)
    expect(await states()).toEqual(['RUNNING', 'QUEUED', 'SKIPPED'])
  })

  test('the next takes its place', async () => {
    await dueTwice('replace')
    expect(await runs()).toMatchObject([
      { state: 'RUNNING', endAs: 'CANCELED', reason: 'The next run took its place.' },
      { state: 'QUEUED', endAs: null },
    ])
    await untilDue()
    await beginDue(platform.ctx)
    expect(await states()).toEqual(['RUNNING', 'CANCELED', 'QUEUED'])
  })
})
