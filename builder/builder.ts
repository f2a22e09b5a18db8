/**
 * Turns a source directory into an artifact. Starts nothing that outlives the call. Kinds: node, python, go, static, procfile.
 * Every builder passes the shared suite in `suite.ts`.
 */
export interface Builder<Made extends Artifact = Artifact> {
  /**
   * @throws PlatformError `failed_precondition` when nothing was recognised (lists what was looked for and found), a tool is missing or a step
   *   failed; `deadline_exceeded` and `resource_exhausted` when a limit was reached; `canceled` when the signal aborted
   */
  build(source: Source, options: BuildOptions): Promise<Made>
}

/**
 * Makes one image of an image and the source that is mounted over it, so that a release can be started on another machine too (ADR 0013).
 * Called after the release is live: nobody waits for it.
 */
export interface Packer {
  /**
   * @returns the image's id. It has the same files at the same places, and says how it starts. Done again it gives an image of the same content
   * @throws PlatformError as `Builder` does, `failed_precondition` when the directory or the image is gone
   */
  pack(mounted: MountedArtifact, options: { signal: AbortSignal }): Promise<string>
}

export type MountedArtifact = {
  /** Namespace id. */
  namespace: string
  digest: string
  image: string
  mount: string
  startCommand?: string | readonly string[]
}

export type Source = {
  /** Namespace id: caches are kept apart by it. */
  namespace: string
  service: string
  /** The service's own directory, holding all files; the builder may write into it and owns it afterwards. */
  directory: string
  /** Settings given with `micro run`: they win over `micro.yaml`, which wins over detection. */
  settings: Partial<Settings>
}

export type BuildOptions = {
  signal: AbortSignal
  /** One line of output, without its newline, in order. */
  onLog(line: string): void
  limits: BuildLimits
}

export type BuildLimits = {
  timeoutMs: number
  /** Of all output together; beyond it the build is stopped. */
  outputBytes: number
  artifactBytes: number
}

/** How a service is built, started and judged. All of it can stand in `micro.yaml`. */
export type Settings = {
  protocol: 'http' | 'grpc'
  /** Command line that installs dependencies, in place of the kind's own. */
  installCommand: string
  /** Command line for the build step, in place of the kind's own. */
  buildCommand: string
  /** Path of the Dockerfile in the source, where it is not `Dockerfile`. */
  dockerfile: string
  /** A string is the tenant's command line, a list is executed as it is. */
  startCommand: string | readonly string[]
  /** The one port that the service listens on whatever PORT says (images only). */
  port: number
  /** HTTP path that must answer 2xx or 3xx before traffic moves; absent: gRPC health or the port accepting. */
  healthPath: string
  /** How long an instance may take until healthy. */
  startTimeoutMs: number
  /** How long requests in flight may go on after the switch. */
  drainTimeoutMs: number
  /** How long instances of a release that was replaced are kept paused, so that a rollback to it needs no start; 0: not at all. */
  warmMs: number
  /** Of a hundred requests a new release answers so many at first, 0 to 50; 0: all at once. */
  canaryPercent: number
  /** How long it is compared with the live release before it answers all. */
  canaryMs: number
  env: Readonly<Record<string, string>>
  /** Runs once before the instances of a new release start, in its environment: migrations. */
  releaseCommand: string | readonly string[]
  releaseTimeoutMs: number
  /** Commands that run at certain times, as long as the release is live. */
  cron: readonly CronSetting[]
  instances: number
  public: boolean
  memoryBytes: number
  cpus: number
}

export type CronSetting = {
  /** Unique in the service. */
  name: string
  /** Five fields of cron(8). */
  schedule: string
  /** Of the IANA database: Europe/Berlin. */
  timezone: string
  command: string | readonly string[]
  timeoutMs: number
  /** What happens when it is due and the run before has not ended: left out, begun afterwards (one at most waits), or begun in its place. */
  overlap: 'skip' | 'queue' | 'replace'
}

/** Immutable from here on. */
export type Artifact = DirectoryArtifact | ImageArtifact

export type DirectoryArtifact = Built & {
  kind: 'directory'
  /** Absolute. */
  path: string
  startCommand: string | readonly string[]
  /** Directories of it whose programs other commands find first: node_modules/.bin. */
  programs: readonly string[]
}

export type ImageArtifact = Built & {
  kind: 'image'
  /** Id of an image in the engine: sha256:… */
  image: string
  /** Source that is mounted at /app over an image of its dependencies; both are made one image afterwards (ADR 0013). */
  mount?: string
  /** Absent: what the image says. */
  startCommand?: string | readonly string[]
}

type Built = {
  /** SHA-256 over paths, modes and contents of the source, the settings and the builder's version: the same input has the same digest. */
  digest: string
  sizeBytes: number
  /** The kind that was detected, and why, in words: "Node.js (package.json)". */
  detected: string
  workingDirectory?: string
  /** Serialised google.protobuf.FileDescriptorSet with imports and comments, when the source has `.proto` files. */
  descriptors?: Uint8Array
  /** What `micro.yaml` and detection say, the caller's settings merged in. */
  settings: Partial<Settings>
}
