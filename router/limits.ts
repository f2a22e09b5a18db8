/** What the router grants a client or waits for; every number has its unit in its name. */
export type Limits = {
  /** Request line and headers together. */
  headBytes: number
  /** From the first byte (or the end of the request before) to the end of the head. */
  headMs: number
  /** A connection without any request in flight. */
  idleMs: number
  /** A client that was asked for more of its body, or that was sent something, and does nothing. */
  stallMs: number
  /** A request body that the router itself has to read (HTTP/JSON, gRPC-Web and Connect messages). */
  bodyBytes: number
  /** A unary call by HTTP/JSON or Connect that names no timeout of its own. */
  unaryMs: number
  /** How long a request waits for an instance that accepts connections. */
  connectMs: number
  /** Requests of one HTTP/2 connection at a time. */
  streams: number
}

export const defaultLimits: Limits = {
  headBytes: 32 * 1024,
  headMs: 10_000,
  idleMs: 75_000,
  stallMs: 60_000,
  bodyBytes: 4 * 1024 * 1024,
  unaryMs: 30_000,
  connectMs: 1_000,
  streams: 250,
}
