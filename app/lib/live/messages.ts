/** What pages and the hub say to each other, over a MessagePort. */
export type ToHub =
  | { type: 'subscribe'; id: string; document: string; variables: Record<string, unknown> }
  | { type: 'unsubscribe'; id: string }
  /** The page goes away; the browser does not tell. */
  | { type: 'leave' }

export type FromHub =
  /** Subscriptions don't outlive a connection: on `open`, a page subscribes to all that it wants, with variables as they are now. */
  | { type: 'status'; status: LiveStatus }
  | { type: 'next'; id: string; payload: { data?: unknown; errors?: readonly { message: string; extensions?: Record<string, unknown> }[] } }
  | { type: 'complete'; id: string }

export type LiveStatus = 'connecting' | 'open' | 'reconnecting' | 'unauthenticated'
