import type { GraphqlError } from '../errors.ts'

/** What pages and the hub say to each other, over a MessagePort. */
export type ToHub =
  | { type: 'subscribe'; id: string; document: string; variables: Record<string, unknown> }
  | { type: 'unsubscribe'; id: string }
  /** The page goes away; the browser does not tell. */
  | { type: 'leave' }
  /** The page that left is back, from the browser's back-forward cache. */
  | { type: 'join' }

export type FromHub =
  /** Subscriptions don't outlive a connection: on `open`, a page subscribes to all that it wants, with variables as they are now. */
  { type: 'status'; status: LiveStatus } | { type: 'next'; id: string; payload: Payload } | { type: 'complete'; id: string }

export type Payload = { data?: unknown; errors?: readonly GraphqlError[] }

export type LiveStatus = 'connecting' | 'open' | 'reconnecting' | 'unauthenticated'
