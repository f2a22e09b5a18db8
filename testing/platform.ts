import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createPostgresBus } from '../bus/postgres/bus.ts'
import { beginSession, type Login } from '../control/auth/session.ts'
import { createTokenIssuer } from '../control/auth/tokens.ts'
import type { Actor, ControlContext, Installation } from '../control/context.ts'
import { insertNamespace } from '../control/namespaces/create.ts'
import { createSealer } from '../control/secrets.ts'
import { transaction } from '../control/verb.ts'
import type { Namespace } from '../gen/prisma/client.ts'
import type { Role } from '../gen/prisma/enums.ts'
import { newId } from '../lib/ids.ts'
import { NamespaceName } from '../lib/names.ts'
import { createDb } from '../prisma/client.ts'
import { createDiskBlobs } from '../storage/disk.ts'
import { createTestClock, type TestClock } from './clock.ts'
import { createTestDatabase } from './database.ts'

/** Everything that verbs need, for real: a database of its own, its bus, blobs on disk, keys. */
export type TestPlatform = {
  /** Of the platform itself. */
  ctx: ControlContext
  clock: TestClock
  databaseUrl: string
  dataDirectory: string
  envelopeKey: Buffer
  /** Lines of the log, as objects. */
  logged: Record<string, unknown>[]
  as(actor: Actor, signal?: AbortSignal): ControlContext
  /** A user who is logged in, and knows the password `password of NAME` only if it was set by a verb. */
  createUser(username?: string): Promise<TestUser>
  createNamespace(owner: TestUser, name?: string): Promise<Namespace>
  join(namespace: Namespace, user: TestUser, role: Role): Promise<void>
  close(): Promise<void>
}

export type TestUser = { id: string; username: string; login: Login; actor: Actor; ctx: ControlContext }

const installation: Installation = {
  domain: 'localhost',
  publicUrl: 'http://localhost:8080',
  loopbackOnly: true,
  version: '0.0.0-test',
  runtime: 'process',
}

export async function createTestPlatform(
  options: { installation?: Partial<Installation>; envelopeKey?: Buffer } = {},
): Promise<TestPlatform> {
  const database = await createTestDatabase()
  const dataDirectory = await mkdtemp(join(tmpdir(), 'micro-platform-'))
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'debug', base: null }, { write: (line) => void logged.push(JSON.parse(line)) })
  const clock = createTestClock()
  const envelopeKey = options.envelopeKey ?? Buffer.alloc(32, 7)
  const sealer = createSealer(envelopeKey)
  const db = createDb(database.url, 10)
  const bus = createPostgresBus({ url: database.url, log })
  const stopping = new AbortController()
  const ctx: ControlContext = {
    actor: { kind: 'system' },
    db,
    clock,
    signal: stopping.signal,
    requestId: 'req_test',
    platform: {
      bus,
      sealer,
      log,
      blobs: await createDiskBlobs(join(dataDirectory, 'blobs')),
      tokens: await createTokenIssuer({ db, sealer, clock }),
      installation: { ...installation, ...options.installation },
    },
  }
  const as = (actor: Actor, signal = ctx.signal): ControlContext => ({ ...ctx, actor, signal })

  return {
    ctx,
    clock,
    databaseUrl: database.url,
    dataDirectory,
    envelopeKey,
    logged,
    as,
    async createUser(username = newId('u').replace('_', '-')) {
      // No password fits: hashing one takes a fifth of a second.
      const user = await db.user.create({ data: { id: newId('usr'), username, email: `${username}@example.com`, passwordHash: 'none' } })
      const login = await db.$transaction((tx) => beginSession(ctx, tx, user.id, 'CLI'))
      const actor: Actor = { kind: 'user', userId: user.id, username, sessionId: login.sessionId, operator: false }
      return { id: user.id, username, login, actor, ctx: as(actor) }
    },
    createNamespace: (owner, name) =>
      transaction(ctx, 'test.createNamespace', async (change) => {
        await change.audit({ action: 'test.createNamespace', target: name ?? '' })
        return insertNamespace(change, owner.id, name === undefined ? undefined : NamespaceName.parse(name))
      }),
    async join(namespace, user, role) {
      await db.membership.create({ data: { namespaceId: namespace.id, userId: user.id, role } })
    },
    async close() {
      stopping.abort(new Error('the test is over'))
      await bus.close()
      await db.$disconnect()
      await database.drop()
      await rm(dataDirectory, { recursive: true, force: true })
    },
  }
}
