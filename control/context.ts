import type { Bus, BusMessage } from '../bus/bus.ts'
import type { Role } from '../gen/prisma/enums.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Db, Tx } from '../prisma/client.ts'
import type { Blobs } from '../storage/blobs.ts'
import type { TokenIssuer } from './auth/tokens.ts'
import type { Sealer } from './secrets.ts'

/** Who makes a call. */
export type Actor =
  | { kind: 'anonymous' }
  | { kind: 'user'; userId: string; username: string; sessionId: string; operator: boolean }
  /** A router of this installation, by the installation's own key. */
  | { kind: 'router' }
  /** The platform itself: jobs, the reconciler. */
  | { kind: 'system' }

/** The namespace that a call is about, entered by `verb` after it has checked the actor's role. */
export type NamespaceScope = { id: string; name: string; role: Role }

/** The first argument of every verb. */
export type ControlContext = {
  actor: Actor
  db: Db
  clock: Clock
  signal: AbortSignal
  requestId: string
  /** Address of the client, for throttling and the audit log. */
  address?: string
  /** What the client calls itself. */
  client?: string
  platform: Platform
}

export type NamespaceContext = ControlContext & { namespace: NamespaceScope }

/** What verbs need of the installation beside its database. */
export type Platform = {
  bus: Bus
  blobs: Blobs
  sealer: Sealer
  tokens: TokenIssuer
  log: Log
  installation: Installation
  /** Where namespaces get networks of their own, out of which; absent: the runtime isolates nothing. */
  networkPool?: string
}

/** Settings of the installation that verbs and clients may know. */
export type Installation = {
  domain: string
  /** Without a slash at the end: http://localhost:8080 */
  publicUrl: string
  /** 2-architecture: bound to loopback, domain localhost, no trusted proxy. */
  loopbackOnly: boolean
  version: string
  runtime: 'process' | 'docker'
}

/** What a changing verb has beside its context: everything it does happens in one transaction. */
export type Transaction = {
  tx: Tx
  /** Writes the audit row; every changing verb calls it at least once. */
  audit(entry: {
    action: string
    target: string
    before?: unknown
    after?: unknown
    namespaceId?: string
    actor?: { id: string; name: string }
  }): Promise<void>
  /** Publishes once the transaction has committed. */
  notify(channel: string, message: BusMessage): void
}

/** Changes of anything in a namespace: { kind: "service" | "deployment" | "instance" | "run" | "log" | "build-log" | "run-log", id }. */
export const namespaceChannel = (namespaceId: string): string => `namespace:${namespaceId}`
/** What instances of a namespace may reach has changed. */
export const networksChannel = 'networks'
/** The route table has a new version. */
export const routesChannel = 'routes'
/** A router has reported. */
export const routersChannel = 'routers'
/** The outbox has rows. */
export const outboxChannel = 'outbox'
/** A deployment ended from outside (superseded, canceled): { id }. */
export const deploymentsChannel = 'deployments'
/** A sweep of the disk was asked for: { id }. */
export const sweepsChannel = 'sweeps'
/** Wanted state of a service changed: the reconciler looks. { serviceId } */
export const desiredChannel = 'desired'
/** A run was written down, is to be stopped, or may have its turn now: { id } */
export const runsChannel = 'runs'
