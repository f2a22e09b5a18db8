import type { Builder, Packer } from '../builder/builder.ts'
import type { PlatformError } from '../lib/errors.ts'
import type { Address, Exit, Instance, Runtime } from '../runtime/runtime.ts'
import type { ControlContext } from './context.ts'
import type { Disk } from './disk/places.ts'
import type { SourceContent } from './sources/source.ts'

/** What the verbs of jobs and of the reconciler have beside what every verb has. Constructed in `processes/`. */
export type WorkerContext = ControlContext & { worker: Worker }

export type Worker = {
  runtime: Runtime
  builder: Builder
  /** Of builders whose artifacts are mounted over an image. */
  packer?: Packer
  sources: SourceFetcher
  health: HealthCheck
  diagnose: Diagnose
  /** Serialised FileDescriptorSet by gRPC server reflection; undefined when the server has none. */
  reflect(address: Address, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** What the runtime last said of an instance. */
  seen(instanceId: string): Instance | undefined
  /** What instances may reach; absent: the runtime isolates nothing. */
  firewall?: Firewall
  /** Of the router, which instances reach on the gateway of their network, or on 127.0.0.1 where they have none. */
  port: number
  /** How long instances of a replaced release are kept paused, unless the service says otherwise; 0: not at all. */
  warmMs: number
  disk: Disk
  /** Empty directories for builds, deleted afterwards. */
  workDirectory: string
}

/**
 * What instances in networks of their own may reach: the router on their gateway, each other, and what is not private outside.
 * What builds may reach, likewise.
 */
export interface Firewall {
  /**
   * Makes the rules of the machine so, whatever they were before. Idempotent; two calls at a time are done one after the other.
   * @param rules.closed subnets of namespaces whose instances reach nothing outside
   */
  apply(rules: { closed: readonly string[] }): Promise<void>
}

/** Puts a source's files into an empty directory. */
export interface SourceFetcher {
  fetch(request: SourceRequest, options: { signal: AbortSignal; onLog(line: string): void }): Promise<void>
}

export type SourceRequest = {
  namespaceId: string
  content: SourceContent
  into: string
  credential(host: string): Promise<{ username: string; secret: string } | undefined>
}

export type HealthCheck = (
  address: Address,
  options: { protocol?: 'http' | 'grpc'; path?: string; timeoutMs: number; signal: AbortSignal; exited(): Exit | undefined },
) => Promise<{ h2c: boolean }>

/** Says in plain words why an instance did not become healthy. */
export type Diagnose = (facts: {
  service: string
  expected: Address
  startedAt: Date
  waitedMs: number
  exit?: Exit
  lastLines: readonly string[]
  listening: readonly Address[]
  /** What the health check threw. */
  health?: PlatformError
  /** The command that shows all its output; absent: `micro logs SERVICE`. */
  logs?: string
  /** Names of the variables that it was given. */
  variables: readonly string[]
  /** `maxMemoryBytes`: what its plan allows an instance. */
  limits: { memoryBytes: number; maxMemoryBytes: number }
}) => { reason: string; hint: string }
