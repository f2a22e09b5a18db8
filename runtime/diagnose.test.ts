import { describe, expect, test } from 'vitest'
import { PlatformError } from '../lib/errors.ts'
import { diagnose, type Facts } from './diagnose.ts'

const startedAt = new Date('2025-01-01T00:00:00Z')
const facts: Facts = {
  service: 'shop',
  expected: { host: '127.0.0.1', port: 41233 },
  startedAt,
  waitedMs: 30_000,
  lastLines: [],
  listening: [],
  variables: ['PORT', 'LOG_LEVEL'],
  limits: { memoryBytes: 256 * 1024 * 1024, maxMemoryBytes: 512 * 1024 * 1024 },
}
const at = new Date(startedAt.getTime() + 400)
const timeout = (reason: string, message: string, metadata = {}) => new PlatformError('deadline_exceeded', message, { reason, metadata })

const cases: [string, Partial<Facts>, { reason: string | RegExp; hint: RegExp }][] = [
  [
    'an exit code',
    { exit: { at, code: 1 }, lastLines: ['', 'no database', ''] },
    { reason: 'exited with code 1 after 0.4 s; last output: no database', hint: /`micro logs shop`/ },
  ],
  [
    'the line of a stack that names the error',
    {
      exit: { at, code: 1 },
      lastLines: ['throw new Error()', 'TypeError: no database', '    at main (server.js:1:1)', 'Node.js v24.21.0'],
    },
    { reason: 'exited with code 1 after 0.4 s; it said: TypeError: no database', hint: /`micro logs shop`/ },
  ],
  [
    'an exit in silence',
    { exit: { at, code: 2 } },
    { reason: 'exited with code 2 after 0.4 s; it printed nothing', hint: /`micro logs shop`/ },
  ],
  ['only the last lines', { exit: { at, code: 1 }, lastLines: ['a', 'b', 'c', 'd'] }, { reason: /last output: b ⏎ c ⏎ d$/, hint: /./ }],
  ['the end of a long line', { exit: { at, code: 1 }, lastLines: [`${'x'.repeat(5000)}END`] }, { reason: /^.{0,480}END$/s, hint: /./ }],
  [
    'an end with code 0',
    { exit: { at, code: 0 } },
    { reason: /^ended by itself with code 0 after 0\.4 s; a service must keep running/, hint: /background/ },
  ],
  [
    'a command that was not found',
    { exit: { at, code: 127 }, lastLines: ['sh: 1: nod: not found'] },
    { reason: /not found/, hint: /`start` in micro\.yaml/ },
  ],
  ['a file that may not be executed', { exit: { at, code: 126 } }, { reason: /permission denied to execute/, hint: /chmod \+x/ }],
  [
    'something denied',
    { exit: { at, code: 1 }, lastLines: ['Error: listen EACCES: permission denied 0.0.0.0:80'] },
    { reason: /denied to it/, hint: /\$PORT/ },
  ],
  [
    'what went over its memory limit, with the setting',
    { exit: { at, signal: 'SIGKILL', outOfMemory: true } },
    {
      reason: 'was killed by SIGKILL after 0.4 s: it went over its memory limit of 256 MiB; it printed nothing',
      hint: /`memory: 512Mi` in micro\.yaml \(at most 512 MiB by its plan\)/,
    },
  ],
  [
    'what went over all the memory that its plan allows',
    { exit: { at, signal: 'SIGKILL', outOfMemory: true }, limits: { memoryBytes: 512 * 1024 ** 2, maxMemoryBytes: 512 * 1024 ** 2 } },
    { reason: /memory limit of 512 MiB/, hint: /all its plan allows/ },
  ],
  [
    'a variable that is named as missing, with the line that names it',
    {
      exit: { at, code: 1 },
      lastLines: ['  File "/app/main.py", line 2', "KeyError: 'DATABASE_URL'", 'the server is going down'],
    },
    {
      reason: "exited with code 1 after 0.4 s: the environment variable DATABASE_URL is missing; it said: KeyError: 'DATABASE_URL'",
      hint: /`micro env-var set shop DATABASE_URL=…`/,
    },
  ],
  [
    'a missing variable without which it never listens',
    { lastLines: ['DATABASE_URL is not set, waiting'] },
    {
      reason: /^did not listen on \$PORT 41233 within 30\.0 s: the environment variable DATABASE_URL is missing/,
      hint: /env-var set shop/,
    },
  ],
  [
    'the line of the program that names a variable, unless it has that one',
    { exit: { at, code: 1 }, lastLines: ['log(process.env.LOG_LEVEL)', 'Error: broken'] },
    { reason: 'exited with code 1 after 0.4 s; it said: Error: broken', hint: /micro logs/ },
  ],
  [
    'a program for another machine, or a script without its first line',
    { exit: { at, code: 126 }, lastLines: ['sh: 1: ./server: Exec format error'] },
    {
      reason: /126 .*this machine cannot execute the program.*; it said: sh: 1: \.\/server: Exec format error$/,
      hint: /linux\/(amd64|arm64).*`#!\/bin\/sh`/,
    },
  ],
  [
    'migrations that take longer than the start may',
    { health: timeout('PORT_CLOSED', 'x'), lastLines: ['Running migration 3 of 90 …'] },
    {
      reason: 'did not listen on $PORT 41233 within 30.0 s, and it seems to migrate a database; last output: Running migration 3 of 90 …',
      hint: /`release` in micro\.yaml.*`startTimeout: 2m`/,
    },
  ],
  [
    'SIGKILL',
    { exit: { at, signal: 'SIGKILL' } },
    { reason: /^was killed by SIGKILL after 0\.4 s: most likely it ran out of memory, of which it may have 256 MiB/, hint: /512Mi/ },
  ],
  [
    'an exhausted heap',
    { exit: { at, signal: 'SIGABRT' }, lastLines: ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'] },
    { reason: /SIGABRT.*ran out of memory/, hint: /`memory: 512Mi` in micro\.yaml/ },
  ],
  [
    'another signal',
    { exit: { at, signal: 'SIGSEGV' } },
    { reason: 'was killed by SIGSEGV after 0.4 s; it printed nothing', hint: /`micro logs shop`/ },
  ],
  ['an end that nobody saw', { exit: { at } }, { reason: /^ended while nobody could see it/, hint: /./ }],
  [
    'a fixed port in use',
    { exit: { at, code: 1 }, lastLines: ['Error: listen EADDRINUSE: address already in use :::3000'] },
    { reason: /the address it wanted is in use/, hint: /Listen on the port in \$PORT \(it was 41233\), not on a fixed one/ },
  ],
  [
    'its own port taken',
    { exit: { at, code: 1 }, lastLines: ['Error: listen EADDRINUSE: address already in use 127.0.0.1:41233'] },
    { reason: /in use/, hint: /deploy again/ },
  ],
  [
    'another port',
    { listening: [{ host: '0.0.0.0', port: 3000 }], health: timeout('PORT_CLOSED', 'Nothing listened on the port within 30 s.') },
    { reason: 'is listening on 3000, expected $PORT 41233', hint: /process\.env\.PORT/ },
  ],
  [
    'several other ports',
    { listening: [3000, 9229, 3000].map((port) => ({ host: '::', port })) },
    { reason: 'is listening on 3000 and 9229, expected $PORT 41233', hint: /PORT/ },
  ],
  [
    'the loopback address of a container, where only that one listens',
    { expected: { host: '10.208.0.2', port: 8080 }, listening: [{ host: '127.0.0.1', port: 8080 }] },
    { reason: 'is listening on 127.0.0.1:8080, which cannot be reached at 10.208.0.2:8080', hint: /^Listen on 0\.0\.0\.0/ },
  ],
  [
    'the wrong interface',
    { listening: [{ host: '::1', port: 41233 }] },
    { reason: 'is listening on ::1:41233, which cannot be reached at 127.0.0.1:41233', hint: /0\.0\.0\.0/ },
  ],
  [
    'no port at all',
    { health: timeout('PORT_CLOSED', 'Nothing listened on the port within 30 s.'), lastLines: ['compiling …'] },
    { reason: 'did not listen on $PORT 41233 within 30.0 s; last output: compiling …', hint: /`startTimeout: 2m`/ },
  ],
  [
    'a health path that is not there',
    { listening: [{ host: '::', port: 41233 }], health: timeout('HEALTH_PATH_STATUS', 'x', { path: '/healthz', status: '404' }) },
    {
      reason: /^answered 404 at its health path \/healthz/,
      hint: /Nothing is at that path.*`health: \/` in micro\.yaml or `--health-path`/,
    },
  ],
  [
    'a health path that fails',
    { listening: [{ host: '::', port: 41233 }], health: timeout('HEALTH_PATH_STATUS', 'x', { path: '/healthz', status: '503' }) },
    { reason: /^answered 503 at its health path \/healthz/, hint: /Make it answer 2xx/ },
  ],
  [
    'a health path that hangs',
    {
      listening: [{ host: '0.0.0.0', port: 41233 }],
      health: timeout('HEALTH_PATH_NO_ANSWER', 'The health path / did not answer within 30 s.'),
    },
    { reason: /^did not become ready: the health path \/ did not answer within 30 s; it printed nothing/, hint: /blocks/ },
  ],
  [
    'no gRPC',
    { listening: [{ host: '127.0.0.1', port: 41233 }], health: timeout('NOT_GRPC', 'The port did not speak gRPC within 30 s.') },
    { reason: 'did not become ready: the port did not speak gRPC within 30 s', hint: /without TLS/ },
  ],
  [
    'gRPC health that never says SERVING',
    {
      listening: [{ host: '::ffff:127.0.0.1', port: 41233 }],
      health: timeout('GRPC_NOT_SERVING', 'gRPC health answered NOT_SERVING within 30 s.'),
    },
    { reason: /^did not become ready: gRPC health answered NOT_SERVING/, hint: /SERVING/ },
  ],
]

describe('diagnose tells', () => {
  test.each(cases)('%s', (_, changes, expected) => {
    const { reason, hint } = diagnose({ ...facts, ...changes })
    if (typeof expected.reason === 'string') expect(reason).toBe(expected.reason)
    else expect(reason).toMatch(expected.reason)
    expect(hint).toMatch(expected.hint)
  })
})
