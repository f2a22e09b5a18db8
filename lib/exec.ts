import { spawn } from 'node:child_process'
import { PlatformError } from './errors.ts'
import { lineSplitter } from './lines.ts'

export type ExecOptions = {
  /** Everything the program sees; nothing is inherited. */
  env: Readonly<Record<string, string>>
  cwd?: string
  signal?: AbortSignal
  timeoutMs?: number
  /** Of both streams together; beyond it the program is stopped. Default 16 MiB. */
  outputBytes?: number
  /** Gets each line as it comes; then `stdout` and `stderr` of the result stay empty. */
  onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Given on standard input, which is closed otherwise. */
  input?: string | Uint8Array
  uid?: number
  gid?: number
  /** Between SIGTERM and SIGKILL when the program is stopped early. Default 2 s. */
  graceMs?: number
}

export type ExecResult = {
  /** Absent when a signal ended the program. */
  code?: number
  signal?: NodeJS.Signals
  stdout: string
  stderr: string
}

const defaultOutputBytes = 16 * 1024 * 1024

/**
 * Runs another program to its end: arguments as a list, never a shell, in a process group of its own that is gone when this returns.
 * An exit code other than 0 is a result, not an error.
 * @throws PlatformError `canceled`, `deadline_exceeded` or `resource_exhausted` when the program was stopped; `failed_precondition` when it cannot be started
 */
export function exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const [program, ...args] = argv
  if (program === undefined) return Promise.reject(new TypeError('exec needs a program'))
  if (options.signal?.aborted) return Promise.reject(canceled(program))

  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      detached: true,
      // Next.js declares NODE_ENV as always present, which it need not be here.
      env: options.env as NodeJS.ProcessEnv,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    })
    let failure: PlatformError | undefined
    let kill: NodeJS.Timeout | undefined

    const stop = (why: PlatformError) => {
      if (failure) return
      failure = why
      signalGroup(child.pid, 'SIGTERM')
      kill = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), options.graceMs ?? 2000)
    }
    const onAbort = () => stop(canceled(program))
    options.signal?.addEventListener('abort', onAbort, { once: true })
    const timeoutMs = options.timeoutMs
    const timeout =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () => stop(new PlatformError('deadline_exceeded', `${program} was stopped: it took longer than ${timeoutMs / 1000} s.`)),
            timeoutMs,
          )
    const outputBytes = options.outputBytes ?? defaultOutputBytes
    const output = collect(child, options.onLine, outputBytes, () =>
      stop(new PlatformError('resource_exhausted', `${program} was stopped: it printed more than ${outputBytes} bytes.`)),
    )
    const settle = () => {
      options.signal?.removeEventListener('abort', onAbort)
      clearTimeout(timeout)
      clearTimeout(kill)
    }

    child.on('error', (error) => {
      settle()
      reject(failure ?? cannotStart(program, error))
    })
    child.on('exit', (code, signal) => {
      // Whatever the program left behind in its group holds the pipes open and would outlive this call.
      signalGroup(child.pid, 'SIGKILL')
      const abandoned = setTimeout(() => destroy(child), 500)
      child.once('close', () => {
        clearTimeout(abandoned)
        settle()
        if (failure) reject(failure)
        else resolve({ ...(code === null ? {} : { code }), ...(signal === null ? {} : { signal }), ...output.end() })
      })
    })
    // A program may end without having read its input.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(options.input)
  })
}

type Child = ReturnType<typeof spawn>

function collect(child: Child, onLine: ExecOptions['onLine'], limit: number, onLimit: () => void) {
  let bytes = 0
  const streams = (['stdout', 'stderr'] as const).map((name) => {
    const chunks: Buffer[] = []
    const lines = onLine && lineSplitter((line) => onLine(line, name))
    child[name]?.on('data', (chunk: Buffer) => {
      if (bytes > limit) return
      bytes += chunk.length
      if (bytes > limit) return onLimit()
      if (lines) lines.push(chunk)
      else chunks.push(chunk)
    })
    return () => {
      lines?.end()
      return Buffer.concat(chunks).toString('utf8')
    }
  })
  return {
    end(): { stdout: string; stderr: string } {
      const [stdout, stderr] = streams.map((end) => end())
      return { stdout: stdout ?? '', stderr: stderr ?? '' }
    },
  }
}

function destroy(child: Child): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone: what was wanted.
  }
}

const canceled = (program: string) => new PlatformError('canceled', `${program} was stopped because the work was canceled.`)

function cannotStart(program: string, error: NodeJS.ErrnoException): PlatformError {
  const why = error.code === 'ENOENT' ? "isn't installed on this machine" : `cannot be started (${error.code ?? error.message})`
  return new PlatformError('failed_precondition', `The program ${program} ${why}.`, { reason: 'PROGRAM_MISSING', cause: error })
}
