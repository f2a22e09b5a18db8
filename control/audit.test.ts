import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { createTenant, type Tenant } from '../testing/tenant.ts'
import { logOut } from './auth/log-out.ts'
import { revokeSession } from './auth/sessions.ts'
import { signUp } from './auth/sign-up.ts'
import type { ControlContext } from './context.ts'
import { deleteCredential } from './credentials/delete.ts'
import { setCredential } from './credentials/set.ts'
import { cancelDeployment } from './deployments/cancel.ts'
import { createDeployment } from './deployments/create.ts'
import { updateService } from './deployments/update.ts'
import { applyEnvVars } from './env-vars/apply.ts'
import { revealEnvVar } from './env-vars/reveal.ts'
import { setEnvVars } from './env-vars/set.ts'
import { unsetEnvVars } from './env-vars/unset.ts'
import { createNamespace } from './namespaces/create.ts'
import { deleteNamespace } from './namespaces/delete.ts'
import { setEgress } from './namespaces/set-egress.ts'
import { restart, rollback } from './releases/redeploy.ts'
import { cancelRun } from './runs/cancel.ts'
import { createRun } from './runs/create.ts'
import { deleteService } from './services/delete.ts'
import { scale } from './services/scale.ts'
import { change, member } from './verb.ts'

const secret = 'a-very-secret-value-4711'
let platform: TestPlatform
let tenant: Tenant

beforeAll(async () => {
  platform = await createTestPlatform()
  tenant = await createTenant(platform)
})
afterAll(() => platform.close())

const entries = () => platform.ctx.db.auditEntry.findMany({ orderBy: { at: 'asc' } })

async function audited(work: (ctx: ControlContext, namespace: string) => Promise<unknown>, of = tenant) {
  const before = new Set((await entries()).map(({ id }) => id))
  const { OWNER } = of.members
  await work({ ...OWNER.ctx, requestId: 'req_audited', address: '10.0.0.9' }, of.namespace.name)
  return (await entries()).filter(({ id }) => !before.has(id))
}

const git = { kind: 'git' as const, url: 'https://git.example.com/hello.git' }
const changes: Record<string, (ctx: ControlContext, namespace: string) => Promise<unknown>> = {
  'credentials.set': (ctx, namespace) => setCredential({ ctx, input: { namespace, host: 'github.com', secret } }),
  'credentials.delete': (ctx, namespace) => deleteCredential({ ctx, input: { namespace, host: 'github.com' } }),
  'envVars.set': (ctx, namespace) =>
    setEnvVars({
      ctx,
      input: {
        namespace,
        service: 'hello',
        variables: [
          { name: 'A', value: secret },
          { name: 'B', value: secret, kind: 'SECRET' },
        ],
      },
    }),
  'envVars.reveal': (ctx, namespace) => revealEnvVar({ ctx, input: { namespace, service: 'hello', name: 'B' } }),
  'envVars.apply': (ctx, namespace) => applyEnvVars({ ctx, input: { namespace } }),
  'envVars.unset': (ctx, namespace) => unsetEnvVars({ ctx, input: { namespace, service: 'hello', names: ['A', 'B'] } }),
  'deployments.create': (ctx, namespace) =>
    createDeployment({ ctx, input: { namespace, name: 'hello' as never, source: git, env: { SECRET: secret } } }),
  'deployments.cancel': async (ctx, namespace) => {
    const { id } = await ctx.db.deployment.findFirstOrThrow({ where: { namespaceId: tenant.namespace.id, state: 'QUEUED' } })
    return cancelDeployment({ ctx, input: { namespace, id } })
  },
  'runs.create': (ctx, namespace) => createRun({ ctx, input: { namespace, service: 'hello', command: ['login', 'alice'] } }),
  'runs.cancel': async (ctx, namespace) => {
    const { id } = await ctx.db.run.findFirstOrThrow({ where: { namespaceId: tenant.namespace.id, state: 'QUEUED' } })
    return cancelRun({ ctx, input: { namespace, id } })
  },
  'deployments.update': (ctx, namespace) => updateService({ ctx, input: { namespace, service: 'hello' } }),
  'services.rollback': (ctx, namespace) => rollback({ ctx, input: { namespace, service: 'hello' } }),
  'services.restart': (ctx, namespace) => restart({ ctx, input: { namespace, service: 'hello' } }),
  'services.scale': (ctx, namespace) => scale({ ctx, input: { namespace, service: 'hello', instances: 2 } }),
  'services.delete': (ctx, namespace) => deleteService({ ctx, input: { namespace, service: 'hello' } }),
  'namespaces.create': (ctx) => createNamespace({ ctx, input: {} }),
  'namespaces.setEgress': (ctx, namespace) => setEgress({ ctx, input: { namespace, allowed: false } }),
  'namespaces.delete': (ctx, namespace) => deleteNamespace({ ctx, input: { namespace } }),
}

describe('each change writes one row', () => {
  test.each(Object.entries(changes))('%s', async (action, work) => {
    const [entry, ...others] = await audited(work)
    const { id, username } = tenant.members.OWNER
    expect(entry).toMatchObject({
      action,
      actorId: id,
      actor: username,
      requestId: 'req_audited',
      address: '10.0.0.9',
      namespaceId: expect.stringMatching(/^ns_/),
    })
    expect(others).toEqual([])
  })

  test('sessions too', async () => {
    const user = await platform.createUser()
    const other = await platform.ctx.db.session.create({ data: { id: 'ses_other', userId: user.id, kind: 'CLI', expiresAt: new Date() } })
    expect(await audited(() => revokeSession({ ctx: user.ctx, input: { id: other.id } }))).toMatchObject([
      { action: 'auth.revokeSession', actorId: user.id },
    ])
    expect(await audited(() => logOut({ ctx: user.ctx, input: {} }))).toMatchObject([{ action: 'auth.logOut', actorId: user.id }])
    const rows = await audited((ctx) =>
      signUp({ ctx: { ...ctx, actor: { kind: 'anonymous' } }, input: { email: 'x@example.com', password: secret, username: 'xavier' } }),
    )
    expect(rows).toMatchObject([{ action: 'auth.signUp', actor: 'xavier' }])
  })

  test('what a job is given as arguments is in none of them', async () => {
    const other = await createTenant(platform)
    const command: [string, string] = ['login', `--password=${secret.slice(0, 8)}`]
    const rows = await audited((ctx, namespace) => createRun({ ctx, input: { namespace, service: 'hello', command } }), other)
    expect(rows).toMatchObject([{ after: { program: 'login' } }])
    expect(JSON.stringify(rows)).not.toContain('password')
  })

  test('and no secret is in any of them, nor plainly anywhere else in the database', async () => {
    const { db } = platform.ctx
    const tables = await db.$queryRaw<
      { name: string }[]
    >`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`
    const forms = [secret, Buffer.from(secret).toString('base64').slice(0, -2), Buffer.from(secret).toString('hex')]
    for (const { name } of tables) {
      const rows = await db.$queryRawUnsafe<{ text: string }[]>(`SELECT t::text AS text FROM "${name}" t`)
      for (const { text } of rows) for (const form of forms) expect(text).not.toContain(form)
    }
  })
})

describe('without a commit there is none', () => {
  test.each([
    [
      'a change that is refused',
      (ctx: ControlContext, namespace: string) => deleteCredential({ ctx, input: { namespace, host: 'nowhere.example' } }),
    ],
    [
      'a change that finds nothing',
      (ctx: ControlContext, namespace: string) => scale({ ctx, input: { namespace, service: 'none', instances: 1 } }),
    ],
    [
      'input that is not valid',
      (ctx: ControlContext, namespace: string) => scale({ ctx, input: { namespace, service: 'hello', instances: 99 } }),
    ],
  ])('%s', async (_, work) => {
    const other = await createTenant(platform)
    expect(await audited((ctx, namespace) => expect(work(ctx, namespace)).rejects.toHaveProperty('code'), other)).toEqual([])
  })

  test('a change that throws after its row, and its notification is not published either', async () => {
    const other = await createTenant(platform)
    const heard: unknown[] = []
    const left = new AbortController()
    const listening = (async () => {
      for await (const message of platform.ctx.platform.bus.subscribe('test', { signal: left.signal })) {
        if (message) heard.push(message.number)
        if (message?.number === 2) return
      }
    })()
    const half = change({
      name: 'test.half',
      access: member('OWNER'),
      input: z.object({ namespace: z.string() }),
      async run({ change: { audit, notify } }) {
        await audit({ action: 'test.half', target: 'x' })
        notify('test', { number: 1 })
        throw new Error('half-way')
      },
    })
    expect(await audited((ctx, namespace) => expect(half({ ctx, input: { namespace } })).rejects.toThrow('half-way'), other)).toEqual([])
    await platform.ctx.platform.bus.publish('test', { number: 2 })
    await listening
    left.abort()
    expect(heard).toEqual([2])
  })

  test('a change that writes no row does not happen', async () => {
    const other = await createTenant(platform)
    const silent = change({
      name: 'test.silent',
      access: member('OWNER'),
      input: z.object({ namespace: z.string() }),
      run: ({ ctx, change: { tx } }) => tx.namespace.update({ where: { id: ctx.namespace.id }, data: { plan: 'platform' } }),
    })
    await expect(silent({ ctx: other.members.OWNER.ctx, input: { namespace: other.namespace.name } })).rejects.toMatchObject({
      code: 'internal',
    })
    expect(await platform.ctx.db.namespace.findUnique({ where: { id: other.namespace.id } })).toMatchObject({ plan: 'dev' })
  })
})
