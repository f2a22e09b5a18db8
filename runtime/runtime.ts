/**
 * Runs instances of releases. Drivers: `process` (child processes of this machine), `docker` (hardened containers).
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

  /** Undefined when it does not run. */
  stats(id: string): Promise<InstanceStats | undefined>

  /**
   * Stops its processes where they are, memory kept, until `resume`; idempotent both. A paused instance counts as running; `remove` resumes it
   * first, so that it can end by itself. Survives the platform's process.
   */
  pause(id: string): Promise<void>
  resume(id: string): Promise<void>

  /**
   * Lets go of everything without stopping any instance; the next process of the platform finds them by `list`.
   * Removals that were asked for are finished first.
   */
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
  artifact: InstanceArtifact
  /**
   * A list is executed as it is; a string is the tenant's own command line, given to `/bin/sh -c` inside the instance.
   * Absent: what the image says (images only).
   */
  command?: readonly string[] | string
  /** Relative to the artifact; absent: its root. */
  workingDirectory?: string
  /** The tenant's and the platform's variables. The driver adds PORT and MICRO_INSTANCE. */
  env: Readonly<Record<string, string>>
  /**
   * Secrets given as files, name → content: the instance reads each at `$MICRO_SECRETS/<name>`. The driver makes the directory
   * (`/run/micro/secrets` in containers) and sets MICRO_SECRETS when there are any. Nobody but the instance and the platform can read them; they are
   * there at every start of the instance and gone with it.
   */
  secrets?: Readonly<Record<string, string>>
  /** Where it must listen, for images that know one port only; absent: the driver chooses. Given to it as PORT either way. */
  port?: number
  /** Absent: the driver's own (no isolation between namespaces). */
  network?: InstanceNetwork
  limits: InstanceLimits
  /**
   * `never`: an exit leaves the instance `exited` (during a rollout, where an exit is a failure).
   * `always`: it is started again, after a pause that doubles from 1 s to 60 s and is forgotten after 60 s of running.
   */
  restart: 'never' | 'always'
}

export type InstanceLimits = {
  memoryBytes: number
  /** Processor cores. */
  cpus: number
  /**
   * Processor cores while it is started with `restart: never`, until it is applied with `always`: a limit made for serving requests would make a
   * start four times as long. Absent: `cpus`. Drivers that do not limit the processor ignore it.
   */
  startCpus?: number
  processes: number
}

export type InstanceArtifact =
  /** `programs`: directories of it that come first in the instance's PATH, relative to it: node_modules/.bin. (An image says by itself.) */
  | { kind: 'directory'; path: string; programs?: readonly string[] }
  /**
   * `image`: a reference or an id that the engine has. `mount`: an immutable directory of the platform's, seen read-only at `/app`
   * in place of what the image has there (the fast path of a deploy: ADR 0013).
   */
  | { kind: 'image'; image: string; mount?: string }

/** The network of a namespace: nothing of another namespace is in it (drivers that isolate). */
export type InstanceNetwork = {
  /** Namespace id; names the network. */
  id: string
  /** CIDR out of MICRO_NETWORK_POOL: 10.208.7.0/24. */
  subnet: string
  /** First address of the subnet, where the router and the DNS of the namespace listen. */
  gateway: string
  /**
   * False: instances reach the gateway and each other only, nothing outside. It may change while they run, without another `apply`: the
   * firewall sees to it, so that the network need not be made in another way.
   */
  egress: boolean
}

export type Address = { host: string; port: number }

export type Exit = {
  at: Date
  /** Exactly one of the two is known; neither when the instance ended while nobody could see it. */
  code?: number
  signal?: string
  /** True: the kernel ended it because it went over its memory limit. */
  outOfMemory?: boolean
}

/** What an instance uses now. */
export type InstanceStats = {
  at: Date
  /** Processor time since its start, of all its processes. */
  cpuMs: number
  /** Working set: what counts towards the memory limit without reclaimable cache. */
  memoryBytes: number
  /** Since its start; absent where the driver cannot tell. */
  receivedBytes?: number
  sentBytes?: number
  processes: number
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
