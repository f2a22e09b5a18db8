import Docker from 'dockerode'
import { PlatformError } from '../../lib/errors.ts'

const callTimeoutMs = 60_000

/** The connection to a Docker engine of this machine. */
export class Engine {
  readonly docker: Docker
  readonly socket: string

  /** @param socket path of the engine's Unix socket */
  constructor(socket: string) {
    this.socket = socket
    // `host`: the client would read DOCKER_HOST by itself, and what is in the environment is config's to say.
    this.docker = new Docker({ socketPath: socket, host: undefined })
  }

  /**
   * One call of the engine's API; errors that carry the engine's status come as they are (see `statusOf`).
   * @throws PlatformError `unavailable` when the engine does not answer
   */
  async call<T>(work: (docker: Docker) => Promise<T>, timeoutMs = callTimeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unavailable(this.socket, new Error(`no answer for ${timeoutMs} ms`))), timeoutMs)
    })
    try {
      return await Promise.race([work(this.docker), timeout])
    } catch (error) {
      throw error instanceof PlatformError || statusOf(error) !== undefined || isAbort(error) ? error : unavailable(this.socket, error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** As `call`; undefined when the engine has no such thing. */
  async find<T>(work: (docker: Docker) => Promise<T>): Promise<T | undefined> {
    return ignoring([404], this.call(work))
  }
}

/** The HTTP status with which the engine refused a call; undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined
}

/** Undefined when the engine answered with one of these: 304 and 409 mean that it is so already, 404 that it is gone. */
export async function ignoring<T>(statuses: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return undefined
    throw error
  }
}

export const isUnavailable = (error: unknown): boolean => error instanceof PlatformError && error.code === 'unavailable'

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError'

const unavailable = (socket: string, cause: unknown): PlatformError =>
  new PlatformError('unavailable', `The Docker engine at ${socket} does not answer${because(cause)}.`, {
    reason: 'ENGINE_UNAVAILABLE',
    hint: 'Start it, or set MICRO_DOCKER_SOCKET to the socket of one that runs.',
    cause,
  })

function because(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return ': there is no such socket'
  if (code === 'EACCES') return ': this user may not use it'
  if (code === 'ECONNREFUSED') return ': nothing listens there'
  return ''
}
