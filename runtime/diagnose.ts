import type { PlatformError } from '../lib/errors.ts'
import { missingVariable } from './missing-variable.ts'
import type { Address, Exit } from './runtime.ts'

/** What is known of an instance that did not become healthy. */
export type Facts = {
  /** Its name, for the commands that a hint tells to type. */
  service: string
  /** Where it was told to listen. */
  expected: Address
  startedAt: Date
  /** How long it was waited for, when it did not end. */
  waitedMs: number
  exit?: Exit
  /** The last lines of its output, oldest first. */
  lastLines: readonly string[]
  /** Where it did listen. */
  listening: readonly Address[]
  /** What `checkHealth` threw. */
  health?: PlatformError
  /** The command that shows all its output; absent: `micro logs SERVICE`. */
  logs?: string
  /** Names of the variables that it was given. */
  variables: readonly string[]
  /** `maxMemoryBytes`: what its plan allows an instance. */
  limits: { memoryBytes: number; maxMemoryBytes: number }
}

export type Diagnosis = {
  /** What it did, as a plain clause without its subject and full stop: "exited with code 1 after 0.4 s; last output: …". */
  reason: string
  /** What to do next, as a sentence. */
  hint: string
}

/** `evidence`: the line of the output that shows it, where it is known which. */
type Explained = Diagnosis & { evidence?: string }

/** Says in plain words why an instance is not healthy. The first cause that fits wins: the most particular come first. */
export function diagnose(facts: Facts): Diagnosis {
  if (facts.exit) return withOutput(explainExit(facts.exit, facts), facts.lastLines)
  return explainListening(facts) ?? explainHealth(facts)
}

function explainExit(exit: Exit, facts: Facts): Explained {
  const after = `after ${seconds(exit.at.getTime() - facts.startedAt.getTime())}`
  const text = facts.lastLines.join('\n')
  const ended = exit.signal
    ? `was killed by ${exit.signal} ${after}`
    : exit.code === undefined
      ? 'ended while nobody could see it'
      : `exited with code ${exit.code} ${after}`

  if (/EADDRINUSE|address already in use/i.test(text)) {
    return {
      reason: `${ended}: the address it wanted is in use`,
      hint: portFrom(text, facts.expected.port)
        ? 'Something took the port in the meantime: deploy again.'
        : `Listen on the port in $PORT (it was ${facts.expected.port}), not on a fixed one.`,
    }
  }
  if (exit.outOfMemory) {
    return { reason: `${ended}: it went over its memory limit of ${mebibytes(facts.limits.memoryBytes)}`, hint: moreMemory(facts) }
  }
  if (exit.signal === 'SIGKILL' || /heap out of memory|MemoryError|cannot allocate memory|OutOfMemoryError/i.test(text)) {
    return {
      reason: `${ended}: most likely it ran out of memory, of which it may have ${mebibytes(facts.limits.memoryBytes)}`,
      hint: moreMemory(facts),
    }
  }
  const format = facts.lastLines.find((line) => /exec format error|cannot execute binary file/i.test(line))
  if (format !== undefined) {
    return {
      reason: `${ended}: this machine cannot execute the program, which was built for another one or is a script without its first line`,
      hint: `Build it for linux/${architecture}, as by \`GOARCH=${architecture}\`; begin a script with \`#!/bin/sh\`.`,
      evidence: format,
    }
  }
  if (exit.code === 0) {
    return {
      reason: `ended by itself with code 0 ${after}; a service must keep running`,
      hint: 'Start a server that listens on $PORT; a command that puts itself into the background counts as ended.',
    }
  }
  if (exit.code === 127) {
    return {
      reason: `${ended}: a program that it is to run was not found`,
      hint: 'Check its command (`start` in micro.yaml, the Procfile, the Dockerfile) for typing errors, and that what it needs is installed.',
    }
  }
  if (exit.code === 126) {
    return {
      reason: `${ended}: permission denied to execute a program that it is to run`,
      hint: 'Make the file executable (`chmod +x`) and check its first line (`#!`).',
    }
  }
  const missing = explainMissing(ended, facts)
  if (missing) return missing
  if (/EACCES|permission denied/i.test(text)) {
    return { reason: `${ended}: something was denied to it`, hint: 'Write only below $HOME and $TMPDIR, and listen only on $PORT.' }
  }
  if (exit.signal) return { reason: ended, hint: `See its output: \`${logsOf(facts)}\`.` }
  return { reason: ended, hint: `The last lines of its output usually say why; all of it: \`${logsOf(facts)}\`.` }
}

function explainMissing(ended: string, { service, lastLines, variables }: Facts): Explained | undefined {
  const missing = missingVariable(lastLines, variables)
  return (
    missing && {
      reason: `${ended}: the environment variable ${missing.name} is missing`,
      hint: `Set it, and deploy again: \`micro env-var set ${service} ${missing.name}=…\`, with --secret if it is one.`,
      evidence: missing.line,
    }
  )
}

function explainListening({ expected, listening }: Facts): Diagnosis | undefined {
  if (listening.length === 0) return undefined
  const onPort = listening.filter(({ port }) => port === expected.port)
  if (onPort.length === 0) {
    return {
      reason: `is listening on ${list(listening.map(({ port }) => String(port)))}, expected $PORT ${expected.port}`,
      hint: 'Listen on the port in the environment variable PORT: `process.env.PORT` in Node.js, `os.environ["PORT"]` in Python, `os.Getenv("PORT")` in Go.',
    }
  }
  if (onPort.some(({ host }) => reaches(host, expected.host))) return undefined
  return {
    reason: `is listening on ${list(onPort.map(({ host, port }) => `${host}:${port}`))}, which cannot be reached at ${expected.host}:${expected.port}`,
    hint: 'Listen on 0.0.0.0, which is all interfaces: `listen(process.env.PORT, "0.0.0.0")` in Node.js, `--host 0.0.0.0` of most servers.',
  }
}

function explainHealth(facts: Facts): Diagnosis {
  const { health, listening, lastLines } = facts
  const { reason, metadata = {} } = health?.details ?? {}
  const message = health ? `did not become ready: ${uncapitalise(health.message.replace(/\.$/, ''))}` : 'did not become ready'
  switch (reason) {
    case 'HEALTH_PATH_STATUS':
      return withOutput(
        {
          reason: `answered ${metadata.status} at its health path ${metadata.path}`,
          hint:
            metadata.status === '404'
              ? 'Nothing is at that path: name one that answers 2xx by `health: /` in micro.yaml or `--health-path`; without one, an open port is enough.'
              : 'Make it answer 2xx, or change `health` in micro.yaml; without one, an open port is enough.',
        },
        lastLines,
      )
    case 'HEALTH_PATH_NO_ANSWER':
    case 'GRPC_NO_ANSWER':
      return withOutput(
        { reason: message, hint: 'It accepts connections but does not answer: see whether its start blocks it.' },
        lastLines,
      )
    case 'NOT_GRPC':
      return { reason: message, hint: 'Serve gRPC in plain text (without TLS) on $PORT, or set `protocol: http` in micro.yaml.' }
    case 'GRPC_NOT_SERVING':
      return withOutput({ reason: message, hint: 'Set the health status of the server to SERVING when it is ready.' }, lastLines)
    default:
      if (listening.length > 0) return withOutput({ reason: message, hint: `See its output: \`${logsOf(facts)}\`.` }, lastLines)
      return withOutput(explainSilence(facts), lastLines)
  }
}

function explainSilence(facts: Facts): Explained {
  const { expected, waitedMs, lastLines } = facts
  const reason = `did not listen on $PORT ${expected.port} within ${seconds(waitedMs)}`
  const missing = explainMissing(reason, facts)
  if (missing) return missing
  if (lastLines.some((line) => /\bmigrat(e|ing|ions?)\b/i.test(line))) {
    return {
      reason: `${reason}, and it seems to migrate a database`,
      hint: 'Do that in a release command, which has an hour: `release` in micro.yaml; or give the start more time: `startTimeout: 2m`.',
    }
  }
  return {
    reason,
    hint: 'Listen on the port in the environment variable PORT; if the start takes longer, raise `startTimeout` in micro.yaml: `startTimeout: 2m`.',
  }
}

const shownLines = 3
const shownCharacters = 400

function withOutput({ reason, hint, evidence }: Explained, lines: readonly string[]): Diagnosis {
  const printed = lines.map((line) => line.trim()).filter((line) => line !== '')
  if (printed.length === 0) return { reason: `${reason}; it printed nothing`, hint }
  const error = evidence ?? printed.findLast((line) => errorLine.test(line))
  const text = error ?? printed.slice(-shownLines).join(' ⏎ ')
  const cut = text.length > shownCharacters ? `…${text.slice(-shownCharacters)}` : text
  return { reason: `${reason}; ${error ? 'it said' : 'last output'}: ${cut}`, hint }
}

/** How Node.js, Python, Go, Java, Rust and most programs begin the line that says what went wrong, among the lines of a stack. */
const errorLine =
  /^(Uncaught )?([\w.$]*(Error|Exception)\b.*: \S|panic: |fatal( error)?: |error: |thread '.*' panicked|Exception in thread )/i

const reaches = (host: string, expected: string): boolean =>
  host === '0.0.0.0' || host === '::' || host === expected || host === `::ffff:${expected}`

const portFrom = (text: string, port: number): boolean => new RegExp(`\\b${port}\\b`).test(text)

function moreMemory({ limits: { memoryBytes, maxMemoryBytes } }: Facts): string {
  const more = Math.min(2 * memoryBytes, maxMemoryBytes)
  return more > memoryBytes
    ? `Give it more by \`memory: ${Math.round(more / 1024 ** 2)}Mi\` in micro.yaml (at most ${mebibytes(maxMemoryBytes)} by its plan), or make it use less.`
    : 'That is all its plan allows: make it use less.'
}

const logsOf = ({ logs, service }: Facts): string => logs ?? `micro logs ${service}`

/** As builds name it. */
const architecture = process.arch === 'x64' ? 'amd64' : process.arch

const list = (items: readonly string[]): string => [...new Set(items)].join(' and ')
const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`
const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`
const uncapitalise = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
