import { PlatformError } from '../lib/errors.ts'
import { type ExecOptions, type ExecResult, exec } from '../lib/exec.ts'
import type { BuildLimits, BuildOptions } from './builder.ts'
import { cleanLine, duration } from './log.ts'
import { createRedactor } from './redact.ts'

/** One build under way: its limits hold for all programs that it runs together, and it keeps the log. */
export type Job = {
  readonly limits: BuildLimits
  readonly signal: AbortSignal
  /** Empty directory of this build alone, gone after it. */
  readonly scratch: string
  /** What is kept for the namespace. */
  readonly cache: string
  /** One line of the platform's own in the log. */
  say(line: string): void
  /** One line that a program printed. */
  print(line: string): void
  /** From now on this value is not shown in the log, nor in errors. */
  hide(secret: string): void
  /** The text without what is hidden. */
  redact(text: string): string
  /** Logs a stage and the time that it took. */
  stage<Result>(title: string, work: () => Promise<Result>): Promise<Result>
  /**
   * Runs a program within the build's time and output; what it prints goes to `onLine`.
   * @throws PlatformError `canceled`, `deadline_exceeded` or `resource_exhausted`, told of the build as a whole
   */
  exec(argv: readonly string[], options: JobExecOptions): Promise<ExecResult>
  /** @throws PlatformError `canceled` when the build was */
  check(): void
}

export type JobExecOptions = Pick<ExecOptions, 'cwd' | 'env' | 'uid' | 'gid'> & {
  onLine(line: string): void
  /** Stops the program before the build is stopped: thrown is its reason. */
  stop?: AbortSignal
}

export function createJob(where: { scratch: string; cache: string }, { signal, onLog, limits }: BuildOptions): Job {
  const deadline = Date.now() + limits.timeoutMs
  const redactor = createRedactor()
  let outputLeft = limits.outputBytes

  const say = (text: string) => {
    for (const line of redactor.redact(text).split('\n')) onLog(`==> ${line}`)
  }
  return {
    ...where,
    limits,
    signal,
    say,
    print: (line) => onLog(redactor.redact(cleanLine(line))),
    hide: redactor.hide,
    redact: redactor.redact,
    async stage(title, work) {
      say(title)
      const start = performance.now()
      const result = await work()
      say(`${title}: ${duration(performance.now() - start)}`)
      return result
    },
    async exec(argv, { onLine, stop, ...options }) {
      const signals = stop ? [signal, stop] : [signal]
      try {
        return await exec(argv, {
          ...options,
          signal: AbortSignal.any(signals),
          timeoutMs: Math.max(1, deadline - Date.now()),
          outputBytes: outputLeft,
          onLine(line) {
            outputLeft = Math.max(0, outputLeft - Buffer.byteLength(line) - 1)
            onLine(line)
          },
        })
      } catch (error) {
        throw stop?.aborted ? stop.reason : stopped(error, limits)
      }
    },
    check() {
      if (signal.aborted) throw canceled()
    },
  }
}

function stopped(error: unknown, limits: BuildLimits): unknown {
  if (!(error instanceof PlatformError)) return error
  const cause = error
  if (error.code === 'canceled') return canceled(cause)
  if (error.code === 'deadline_exceeded') {
    const message = `The build was stopped: it took longer than ${duration(limits.timeoutMs)}.`
    return new PlatformError('deadline_exceeded', message, {
      reason: 'BUILD_TIMEOUT',
      hint: 'Does it wait for something that never comes?',
      cause,
    })
  }
  if (error.code === 'resource_exhausted') {
    const message = `The build was stopped: it printed more than ${limits.outputBytes} bytes.`
    return new PlatformError('resource_exhausted', message, { reason: 'BUILD_OUTPUT', hint: 'Make it print less.', cause })
  }
  return error
}

const canceled = (cause?: unknown) => new PlatformError('canceled', 'The build was canceled.', { cause })

export function diskFull(limits: BuildLimits): PlatformError {
  const message = `The build was stopped: it wrote more than ${limits.artifactBytes * 2} bytes.`
  return new PlatformError('resource_exhausted', message, {
    reason: 'BUILD_DISK',
    hint: 'Does it write without end? An artifact and what makes it must fit.',
  })
}

/** A step of the build ended otherwise than with exit code 0. */
export function stepFailed(
  what: string,
  how: string,
  lastLine: string,
  hint = 'Mend what the build log says and deploy again.',
): PlatformError {
  const name = what.length > 120 ? `${what.slice(0, 119)}…` : what
  const last = lastLine === '' ? '' : ` Last line: ${lastLine.slice(0, 300)}`
  return new PlatformError('failed_precondition', `The build failed: ${name} (${how}).${last}`, { reason: 'BUILD_FAILED', hint })
}

export function tooLarge(sizeBytes: number, { artifactBytes }: BuildLimits): PlatformError {
  const message = `What was built is too large: ${sizeBytes} bytes, and the limit is ${artifactBytes}.`
  return new PlatformError('resource_exhausted', message, {
    reason: 'ARTIFACT_TOO_LARGE',
    hint: 'Leave out what the service does not need to run.',
  })
}
