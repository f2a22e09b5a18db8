import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestPlatform, type TestPlatform } from '../../testing/platform.ts'
import { createDeploymentRow, createTenant, type Tenant } from '../../testing/tenant.ts'
import type { ControlContext } from '../context.ts'
import { readBuildLog, readLogs } from './list.ts'
import { pruneLogs } from './prune.ts'
import type { StoredLine } from './read.ts'
import { streamBuildLog, streamLogs } from './stream.ts'
import { createLogWriter } from './write.ts'

let platform: TestPlatform
let tenant: Tenant
let start: number

beforeAll(async () => {
  platform = await createTestPlatform()
})
beforeEach(async () => {
  tenant = await createTenant(platform)
  await platform.ctx.db.logChunk.deleteMany({ where: { serviceId: tenant.serviceId } })
  start = platform.clock.now().getTime() - 60_000
})
afterAll(() => platform.close())

/** Writes lines one second apart, in chunks of their own where there is a pause. */
async function write(
  texts: string[],
  target: { instanceId: string } | { deploymentId: string } | { runId: string } = { instanceId: tenant.instance },
) {
  const writer = createLogWriter(platform.ctx, { namespaceId: tenant.namespace.id, serviceId: tenant.serviceId, ...target })
  for (const text of texts) {
    start += 1_000
    writer.add({ at: new Date(start), text, ...('instanceId' in target ? { cursor: text } : {}) })
  }
  await writer.flushed()
}

type Options = Omit<Parameters<typeof streamLogs>[0]['input'], 'namespace' | 'service'>
const open = (options: Options = {}, ctx: ControlContext = tenant.members.VIEWER.ctx) =>
  streamLogs({ ctx, input: { namespace: tenant.namespace.name, service: tenant.service, ...options } })

const textsOf = (lines: StoredLine[]) => lines.map(({ text }) => text)

async function all(options: Options = {}): Promise<string[]> {
  const lines: StoredLine[] = []
  for await (const batch of open(options)) lines.push(...batch)
  return textsOf(lines)
}

/** Takes so many lines of a stream that goes on, and leaves. */
async function take(count: number, options: Options, begun: () => Promise<void> = async () => {}): Promise<StoredLine[]> {
  const left = new AbortController()
  const lines: StoredLine[] = []
  let told = false
  const { actor } = tenant.members.VIEWER
  for await (const batch of open({ follow: true, ...options }, platform.as(actor, left.signal))) {
    if (!told) await begun()
    told = true
    lines.push(...batch)
    if (lines.length >= count) break
  }
  left.abort()
  return lines
}

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => String(from + index))

describe('logs', () => {
  test('come oldest first, the last so many of them', async () => {
    await write(numbers(1, 5))
    await write(numbers(6, 250))
    expect(await all()).toEqual(numbers(151, 250))
    expect(await all({ tail: 3 })).toEqual(numbers(248, 250))
    expect(await all({ tail: 10_000 })).toEqual(numbers(1, 250))
    expect(await all({ tail: 0 })).toEqual([])
    const read = await readLogs({
      ctx: tenant.members.VIEWER.ctx,
      input: { namespace: tenant.namespace.name, service: tenant.service, last: 2 },
    })
    expect(textsOf(read)).toEqual(['249', '250'])
  })

  test('of very many chunks come whole', async () => {
    for (let chunk = 0; chunk < 60; chunk++) await write(numbers(chunk * 2, chunk * 2 + 1))
    expect(await all({ tail: 10_000 })).toEqual(numbers(0, 119))
    expect(await take(120, { after: '0.0' }).then(textsOf)).toEqual(numbers(0, 119))
  })

  test('go on after a position, wherever it is', async () => {
    await write(numbers(1, 3))
    await write(numbers(4, 6))
    const lines = await take(6, {})
    for (const [index, { cursor }] of lines.entries()) expect(await all({ after: cursor })).toEqual(numbers(index + 2, 6))
  })

  test.each(['', 'x', '1', '1.', '.1', '-1.0', '1.0; DROP', '9'.repeat(30)])('refuse a position such as %j', async (after) => {
    await expect(all({ after })).rejects.toMatchObject({ code: 'invalid_argument', details: { field: 'after' } })
  })

  test('come from a time on', async () => {
    const begin = start
    await write(numbers(1, 10))
    expect(await all({ since: new Date(begin + 8_000) })).toEqual(numbers(8, 10))
    expect(await all({ since: new Date(begin + 3_600_000) })).toEqual([])
  })

  test('come of one instance, named by the end of its id', async () => {
    await write(['mine'])
    await write(['of another'], { instanceId: 'ins_another' })
    expect(await all({ instance: 'another' })).toEqual(['of another'])
    expect(await all({ instance: tenant.instance.slice(-6) })).toEqual(['mine'])
    await expect(all({ instance: 'none' })).rejects.toMatchObject({ code: 'not_found' })
  })

  test('that are followed bring what comes, each line once', async () => {
    await write(numbers(1, 3))
    const lines = await take(8, { tail: 2 }, async () => {
      await write(numbers(4, 6))
      await write(numbers(7, 9))
    })
    expect(textsOf(lines)).toEqual(numbers(2, 9))
  })

  test('that are followed from an empty beginning bring the first line', async () => {
    expect(textsOf(await take(1, {}, () => write(['first'])).catch(() => []))).toEqual(['first'])
  })

  test('of nothing kept are followed from now on', async () => {
    await write(numbers(1, 3))
    expect(textsOf(await take(1, { tail: 0 }, () => write(['4'])))).toEqual(['4'])
  })

  test('that several instances write at once lose no line for who follows', { timeout: 60_000 }, async () => {
    const writers = numbers(1, 6)
    const lines = await take(6 * 40, { tail: 0 }, async () => {
      void Promise.all(
        writers.map(async (writer) => {
          for (let round = 0; round < 40; round++) await write([`${writer}.${round}`], { instanceId: `ins_${writer}` })
        }),
      )
    })
    expect(new Set(textsOf(lines)).size).toBe(240)
  })

  test('escape nothing that JSON can hold, and replace what PostgreSQL cannot', async () => {
    await write(['"quotes" \\ \u001b[31mred\u001b[0m', 'a\0b', '\ud83d\ude00 ü'])
    expect(await all()).toEqual(['"quotes" \\ \u001b[31mred\u001b[0m', 'a\uFFFDb', '\ud83d\ude00 ü'])
  })

  test('remember how far the output of an instance was stored', async () => {
    await write(numbers(1, 3))
    expect(await platform.ctx.db.instance.findUnique({ where: { id: tenant.instance } })).toMatchObject({ logCursor: '3' })
  })
})

describe('the output of a build', () => {
  const input = () => ({ namespace: tenant.namespace.name, deployment: tenant.deployment })

  test('is apart from that of the instances, and ends with the deployment', async () => {
    await write(['of an instance'])
    await write(['one', 'two'], { deploymentId: tenant.deployment })
    const { ctx } = tenant.members.VIEWER
    expect(textsOf(await readBuildLog({ ctx, input: input() }))).toEqual(['one', 'two'])
    expect(await all({ build: 'last' })).toEqual(['one', 'two'])
    const lines: string[] = []
    for await (const batch of streamBuildLog({ ctx, input: input() })) {
      lines.push(...textsOf(batch))
      if (lines.length !== 2) continue
      await write(['three'], { deploymentId: tenant.deployment })
      await platform.ctx.db.deployment.update({ where: { id: tenant.deployment }, data: { state: 'FAILED' } })
      await write(['four'], { deploymentId: tenant.deployment })
    }
    expect(lines).toEqual(['one', 'two', 'three', 'four'])
    expect(await all()).toEqual(['of an instance'])
  })
})

test('of the last build is still shown after a rollback, which builds nothing', async () => {
  await write(['built'], { deploymentId: tenant.deployment })
  const service = await platform.ctx.db.service.findUniqueOrThrow({ where: { id: tenant.serviceId } })
  const { sourceId } = await platform.ctx.db.deployment.findUniqueOrThrow({ where: { id: tenant.deployment } })
  const { id } = await createDeploymentRow(platform, service, { state: 'LIVE' })
  await platform.ctx.db.deployment.update({ where: { id }, data: { trigger: 'rollback', sourceId } })
  expect(await all({ build: 'last' })).toEqual(['built'])
})

test('name the service in what they tell to type', async () => {
  await expect(all({ instance: 'ins_none' })).rejects.toMatchObject({
    details: { hint: `Type \`micro status ${tenant.service}\` to see the instances.` },
  })
})

describe('pruning', () => {
  test('deletes what is older than two weeks', async () => {
    start -= 15 * 24 * 3_600_000
    await write(['old'])
    start += 15 * 24 * 3_600_000
    await write(['new'])
    await pruneLogs(platform.ctx)
    expect(await all()).toEqual(['new'])
  })

  test('keeps 8 MiB of a service, the newest, and does not count those of others', async () => {
    const mebibyte = 'x'.repeat(2 ** 20)
    for (let number = 1; number <= 10; number++) await write([`${number} ${mebibyte}`])
    await write(['build'], { deploymentId: tenant.deployment })
    await write(['of a job'], { runId: tenant.run })
    await pruneLogs(platform.ctx)
    expect((await all()).map((text) => text.split(' ')[0])).toEqual(numbers(4, 10))
    expect(await all({ build: 'last' })).toEqual(['build'])
    expect(await platform.ctx.db.logChunk.count({ where: { runId: tenant.run } })).toBe(1)
  })

  test.each([
    ['long lines', 'x'.repeat(2 ** 16), 24 * 16],
    ['empty lines', '', 350_000],
  ])('does not wait for its time where a service prints %s without end', { timeout: 60_000 }, async (_, text, count) => {
    const { db } = platform.ctx
    const writer = createLogWriter(platform.ctx, {
      namespaceId: tenant.namespace.id,
      serviceId: tenant.serviceId,
      instanceId: tenant.instance,
    })
    for (let number = 0; number < count; number++) {
      writer.add({ at: new Date(start + number), text })
      if (number % 2000 === 0) await writer.flushed()
    }
    await writer.flushed()
    const [size] = await db.$queryRaw<[{ bytes: bigint }]>`
      SELECT sum(length("lines"::text)) AS bytes FROM "LogChunk" WHERE "serviceId" = ${tenant.serviceId}`
    expect(Number(size.bytes)).toBeGreaterThan(4 * 2 ** 20)
    expect(Number(size.bytes)).toBeLessThan(20 * 2 ** 20)
  })
})
