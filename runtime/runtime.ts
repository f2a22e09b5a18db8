/**
 * Runs instances of releases. Drivers: `process` (child processes of this machine), later `docker`.
 * Every driver passes the shared suite in `suite.ts`.
 */
export interface Runtime {
  readonly capabilities: Capabilities

  /**
   * Makes the instance exist and run as the spec says. Idempotent by `spec.id`: applied again with the same spec nothing happens;
   * with another `restart` policy only that is changed. Resolves once the instance was started, not when it is healthy.
   * @throws PlatformError `failed_precondition` when the start command cannot be executed, `resource_exhausted` when the machine is full
   */
  apply(spec: InstanceSpec): Promise<Instance>

  /** SIGTERM to the whole instance, `graceMs` for it to end, then SIGKILL; then its working files go. An unknown id is no error. */
  remove(id: string, options: { graceMs: number }): Promise<void>

  /** Every instance this driver knows, including those that an earlier process of the platform started. */
  list(): Promise<Instance[]>

  /**
   * Output of the instance from `after` (a cursor of an earlier line; absent: from the oldest kept) and then live,
   * until the signal aborts or the instance was removed and all was read. Lines longer than 16 KiB are split; bytes that are not UTF-8 become U+FFFD.
   */
  logs(id: string, options: { signal: AbortSignal; after?: string }): AsyncIterable<LogLine>

  /** The state of each instance as it changes, beginning with one value for each that exists. Ends when the signal aborts. */
  watch(options: { signal: AbortSignal }): AsyncIterable<Instance>

  /** Addresses on which the instance's processes listen now: what a diagnosis of a failed health check needs. */
  listening(id: string): Promise<Address[]>

  /** Lets go of everything without stopping any instance; the next process of the platform finds them by `list`. */
  close(): Promise<void>
}

export type Capabilities = {
  driver: 'process' | 'docker'
  /** What an artifact must be to run here. */
  artifact: 'directory' | 'image'
  /** False: tenants are not isolated from each other or from the host, so only a loopback-only server may use it. */
  isolation: boolean
}

export type InstanceSpec = {
  /** Globally unique, [a-z0-9_]+. */
  id: string
  namespace: string
  service: string
  /** Number of the release: 12 for v12. */
  release: number
  artifact: { kind: 'directory'; path: string } | { kind: 'image'; name: string }
  /** A list is executed as it is; a string is the tenant's own command line, given to `/bin/sh -c` inside the instance. */
  command: readonly string[] | string
  /** Relative to the artifact; absent: its root. */
  workingDirectory?: string
  /** The tenant's and the platform's variables. The driver adds PORT and MICRO_INSTANCE. */
  env: Readonly<Record<string, string>>
  limits: { memoryBytes: number; cpus: number; processes: number }
  /**
   * `never`: an exit leaves the instance `exited` (during a rollout, where an exit is a failure).
   * `always`: it is started again, after a pause that doubles from 1 s to 60 s and is forgotten after 60 s of running.
   */
  restart: 'never' | 'always'
}

export type Address = { host: string; port: number }

export type Exit = {
  at: Date
  /** Exactly one of the two is known; neither when the instance ended while nobody could see it. */
  code?: number
  signal?: string
}

type InstanceBase = { id: string; namespace: string; service: string; release: number; restarts: number }

/** What is known of an instance now. */
export type Instance = InstanceBase &
  (
    | { state: 'running'; address: Address; startedAt: Date; pid?: number; lastExit?: Exit }
    | { state: 'backoff'; lastExit: Exit; retryAt: Date }
    | { state: 'exited'; exit: Exit }
  )

export type LogLine = {
  at: Date
  text: string
  /** Opaque position just after this line: pass it as `after` to go on from there. */
  cursor: string
}
