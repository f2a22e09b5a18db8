import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { Code, ConnectError } from '@connectrpc/connect'
import { Health, HealthCheckResponse_ServingStatus as Status } from '../gen/proto/grpc/health/v1/health_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import { withGrpcClient } from './grpc-client.ts'
import { detectWire, getStatusH2c } from './h2c.ts'
import type { Address, Exit } from './runtime.ts'

export type HealthOptions = {
  /** Known beforehand: `http` needs no look at what the port speaks, `grpc` needs HTTP/2. */
  protocol?: 'http' | 'grpc'
  /** Must answer 2xx or 3xx; redirects are not followed. */
  path?: string
  /** For all of it, from the call on. */
  timeoutMs: number
  signal: AbortSignal
  /** The instance's end, once there is one: waiting is pointless then. */
  exited(): Exit | undefined
}

/** `reason` in the details of the error that `checkHealth` throws. */
export type HealthReason =
  | 'INSTANCE_EXITED'
  | 'PORT_CLOSED'
  | 'HEALTH_PATH_STATUS'
  | 'HEALTH_PATH_NO_ANSWER'
  | 'NOT_GRPC'
  | 'GRPC_NOT_SERVING'
  | 'GRPC_NO_ANSWER'

type Unhealthy = { reason: HealthReason; message: string; metadata?: Record<string, string> }
type Probe = { h2c: boolean } | Unhealthy

/** Looks follow each other faster the sooner it is: what one comes too late is little of the time that the start took. */
const pauseAfter = (waitedMs: number): number => Math.min(Math.max(waitedMs / 20, 5), 100)
/** One look may take this long: a server whose start blocks it gets another one. */
const probeMs = 2000
/** And this long even at the very end, so that a server is not judged by a look too short. */
const shortestProbeMs = 250

/**
 * Waits until the instance is ready for traffic: its health path answers, or gRPC health says SERVING (a gRPC server without it is healthy
 * when it speaks HTTP/2), or its port accepts connections.
 * @returns whether the port speaks HTTP/2 without TLS
 * @throws PlatformError with a `HealthReason`: `failed_precondition` when the instance ended, `deadline_exceeded` when time ran out, `canceled`
 */
export async function checkHealth(address: Address, options: HealthOptions): Promise<{ h2c: boolean }> {
  const since = Date.now()
  const deadline = since + options.timeoutMs
  for (;;) {
    const pauseMs = pauseAfter(Date.now() - since)
    if (options.signal.aborted) throw new PlatformError('canceled', 'The health check was canceled.')
    if (options.exited())
      throw new PlatformError('failed_precondition', 'The instance ended before it was healthy.', { reason: 'INSTANCE_EXITED' })
    const result = await probe(address, options, Math.max(shortestProbeMs, Math.min(probeMs, deadline - Date.now())))
    if ('h2c' in result) return result
    if (Date.now() + pauseMs >= deadline && !options.signal.aborted) {
      const { reason, message, metadata } = result
      throw new PlatformError('deadline_exceeded', `${message} within ${seconds(options.timeoutMs)}.`, {
        reason,
        ...(metadata ? { metadata } : {}),
      })
    }
    await pause(pauseMs, undefined, { signal: options.signal }).catch(() => undefined) // Aborted: the loop's head says so.
  }
}

async function probe(address: Address, { protocol, path, signal }: HealthOptions, timeoutMs: number): Promise<Probe> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  if (protocol === 'http' && path !== undefined) return probePath(path, false, () => getStatus(address, path, limited))
  const wire = await detectWire(address, { signal: limited, silenceMs: timeoutMs, speak: protocol !== 'http' })
  if (wire === 'closed') return { reason: 'PORT_CLOSED', message: 'Nothing listened on the port' }
  if (protocol === 'grpc' && wire !== 'h2c') return { reason: 'NOT_GRPC', message: 'The port did not speak gRPC (HTTP/2 without TLS)' }
  const h2c = wire === 'h2c'
  if (path !== undefined) return probePath(path, h2c, () => (h2c ? getStatusH2c : getStatus)(address, path, limited))
  return h2c ? probeGrpc(address, limited) : { h2c }
}

async function probePath(path: string, h2c: boolean, get: () => Promise<number>): Promise<Probe> {
  try {
    const status = await get()
    if (status >= 200 && status < 400) return { h2c }
    return {
      reason: 'HEALTH_PATH_STATUS',
      message: `The health path ${path} answered ${status}, and not 2xx or 3xx`,
      metadata: { path, status: String(status) },
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')
      return { reason: 'PORT_CLOSED', message: 'Nothing listened on the port' }
    return { reason: 'HEALTH_PATH_NO_ANSWER', message: `The health path ${path} did not answer`, metadata: { path } }
  }
}

const notAnswers: ReadonlySet<Code> = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Aborted, Code.Internal])

async function probeGrpc(address: Address, signal: AbortSignal): Promise<Probe> {
  try {
    const { status } = await withGrpcClient(Health, address, { readMaxBytes: 64 * 1024 }, (client) => client.check({}, { signal }))
    if (status === Status.SERVING) return { h2c: true }
    const name = Object.entries(Status).find(([, value]) => value === status)?.[0] ?? String(status)
    return { reason: 'GRPC_NOT_SERVING', message: `gRPC health answered ${name}, and not SERVING`, metadata: { status: name } }
  } catch (error) {
    const { code } = ConnectError.from(error)
    // Any other answer is one: the server is up and has no health service (UNIMPLEMENTED), keeps it to itself, or is no gRPC server at all.
    return notAnswers.has(code) ? { reason: 'GRPC_NO_ANSWER', message: 'gRPC health did not answer' } : { h2c: true }
  }
}

function getStatus(address: Address, path: string, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const { host, port } = address
    const call = request({ host, port, path, agent: false, signal, headers: { 'user-agent': 'micro-health' } }, (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    call.on('error', reject)
    call.end()
  })
}

const seconds = (ms: number): string => `${Number((ms / 1000).toFixed(1))} s`
