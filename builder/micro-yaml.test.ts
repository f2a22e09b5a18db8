import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { MicroYaml, microYamlJsonSchema, parseMicroYaml } from './micro-yaml.ts'

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')

test('the documented example is valid and shows every key', async () => {
  const text = await read('../docs/micro-yaml.example.yaml')
  for (const key of Object.keys(MicroYaml.shape)) expect(text).toMatch(new RegExp(`^${key}:`, 'm'))
  expect(parseMicroYaml(text)).toEqual({
    name: 'helloworld',
    settings: {
      protocol: 'http',
      installCommand: 'npm install --legacy-peer-deps',
      buildCommand: 'npm run build',
      dockerfile: 'deploy/Dockerfile',
      port: 3000,
      startCommand: ['node', 'dist/server.js'],
      releaseCommand: 'npm run migrate',
      releaseTimeoutMs: 600_000,
      cron: [
        {
          name: 'cleanup',
          schedule: '30 3 * * *',
          timezone: 'Europe/Berlin',
          command: 'npm run cleanup',
          timeoutMs: 1_800_000,
          overlap: 'skip',
        },
        {
          ...{ name: 'heartbeat', schedule: '*/15 8-18 * * MON-FRI', timezone: 'UTC', command: ['node', 'heartbeat.js'] },
          ...{ timeoutMs: 3_600_000, overlap: 'skip' },
        },
      ],
      healthPath: '/healthz',
      env: { LOG_LEVEL: 'info', GREETING: 'Hello' },
      instances: 2,
      memoryBytes: 256 * 1024 * 1024,
      cpus: 0.25,
      public: true,
      startTimeoutMs: 60_000,
      drainTimeoutMs: 30_000,
      canaryPercent: 10,
      canaryMs: 300_000,
      warmMs: 300_000,
    },
  })
})

test('the published JSON Schema is that of the code', async () => {
  // What it says, not how it is laid out.
  expect(JSON.parse(await read('../public/schema/micro-yaml.json'))).toEqual(JSON.parse(microYamlJsonSchema()))
})

test('an empty file says nothing', () => {
  expect(parseMicroYaml('')).toEqual({ settings: {} })
  expect(parseMicroYaml('# only a comment\n')).toEqual({ settings: {} })
})

test('values of env become text', () => {
  expect(parseMicroYaml('env: { A: 1, B: true, C: "x" }').settings.env).toEqual({ A: '1', B: 'true', C: 'x' })
})

test('every problem is reported with its line', () => {
  const text = [
    'name: Hello',
    'protocol: soap',
    'memory: lots',
    'instances: many',
    'cronjobs: "* * * * *"',
    'env:',
    '  1A: x',
    '  PORT: "80"',
  ].join('\n')
  const message = messageOf(text)
  expect(message.split('\n')).toHaveLength(7)
  expect(message).toContain('micro.yaml, line 1: name: ')
  expect(message).toContain('micro.yaml, line 2: protocol: protocol is http or grpc.')
  expect(message).toContain('micro.yaml, line 3: memory: ')
  expect(message).toContain('micro.yaml, line 4: instances: ')
  expect(message).toContain("micro.yaml, line 5: cronjobs isn't a key of micro.yaml. Keys: name, protocol, install, build,")
  expect(message).toContain('micro.yaml, line 7: env.1A: A variable is named by letters')
  expect(message).toContain('micro.yaml, line 8: env.PORT: PORT and MICRO_… are set by the platform.')
})

test.each([
  ['name: a\nname: b', 'line 2'],
  ['name: [', 'line 1'],
  ['just words', 'line 1: micro.yaml holds keys and values'],
  ['- a\n- b', 'line 1: micro.yaml holds keys and values'],
  ['startTimeout: 60', 'line 1: startTimeout: '],
  ['drainTimeout: 999999m', 'line 1: drainTimeout: A duration is at most 10m.'],
  ['health: healthz', 'line 1: health: A health path starts with one /'],
  ['start: []', 'line 1: start: '],
])('%j is refused', (text, problem) => {
  expect(messageOf(text)).toContain(problem)
})

test('nested aliases are refused instead of expanded', () => {
  const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(', ')}]`)
  expect(messageOf(['a0: &a0 [x, x]', ...levels].join('\n'))).toContain('micro.yaml, line')
})

function messageOf(text: string): string {
  try {
    parseMicroYaml(text)
  } catch (error) {
    if (error instanceof Error) return error.message
  }
  throw new Error('it was accepted')
}

test.each([
  ['cron: "* * * * *"', /line 1: cron: cron is a list of entries/],
  ['cron: [{ name: Tidy, schedule: "* * * * *", command: x }]', /cron\.0\.name: The name of an entry is lower-case/],
  ['cron: [{ name: a, schedule: "* * * *", command: x }]', /cron\.0\.schedule: A schedule has five fields/],
  ['cron: [{ name: a, schedule: "0 0 31 2 *", command: x }]', /cron\.0\.schedule: That time never comes/],
  ['cron: [{ name: a, schedule: "* * * * *", timezone: Mars, command: x }]', /There is no time zone Mars/],
  ['cron: [{ name: a, schedule: "* * * * *" }]', /cron\.0\.command: A command is one line/],
  ['cron: [{ name: a, schedule: "* * * * *", command: x, timeout: 25h }]', /cron\.0\.timeout: A time-out is at most 24h/],
  ['cron: [{ name: a, schedule: "* * * * *", command: x, timeout: 500ms }]', /cron\.0\.timeout: A time-out is a whole number/],
  ['cron: [{ name: a, schedule: "* * * * *", command: x, overlap: twice }]', /overlap is skip, queue or replace/],
  ['cron: [{ name: a, schedule: "* * * * *", command: x, every: 1h }]', /cron\.0: every isn't a key here/],
  [
    'cron:\n  - { name: a, schedule: "* * * * *", command: x }\n  - { name: a, schedule: "* * * * *", command: y }',
    /Two entries have the same name/,
  ],
  ['releaseTimeout: 2d', /line 1: releaseTimeout: A time-out is a whole number and a unit/],
])('%j says what is wrong', (text, problem) => {
  expect(messageOf(text)).toMatch(problem)
})
