import { expect, test } from 'vitest'
import { PlatformError } from '../lib/errors.ts'
import { readServerSettings } from './server.ts'

const person = { isRoot: false, homeDirectory: '/home/ada' }
const read = (environment: Record<string, string>, who = person) => readServerSettings(environment, who)

function problemsOf(environment: Record<string, string>): string {
  try {
    read(environment)
  } catch (error) {
    if (error instanceof PlatformError) return error.message
    throw error
  }
  throw new Error('These settings were accepted.')
}

test('without any setting, the server is for this machine only', () => {
  const settings = read({})
  expect(settings).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    domain: 'localhost',
    publicUrl: 'http://localhost:8080',
    loopbackOnly: true,
    runtime: 'auto',
    dockerSocket: '/var/run/docker.sock',
    networkPool: '10.208.0.0/12',
  })
  expect(settings.paths.data).toBe('/home/ada/.micro/server')
})

test('an empty setting counts as absent', () => {
  expect(read({ MICRO_PORT: '', MICRO_DOMAIN: '  ' })).toMatchObject({ port: 8080, domain: 'localhost' })
})

test('every problem is reported at once, each with its setting', () => {
  const message = problemsOf({
    MICRO_PORT: 'eighty',
    MICRO_HOST: 'example.com',
    MICRO_LOG_LEVEL: 'loud',
    MICRO_TRUSTED_PROXIES: '10.0.0.0/8, here',
  })
  expect(message.split('\n')).toHaveLength(5)
  for (const part of ['MICRO_PORT="eighty"', 'MICRO_HOST="example.com"', 'MICRO_LOG_LEVEL="loud"', 'here is not an IP address'])
    expect(message).toContain(part)
})

test('the value of a secret is never shown', () => {
  const message = problemsOf({ MICRO_SECRET_KEY: 'too-short', MICRO_ADMIN_PASSWORD: 'short', DATABASE_URL: 'mysql://ada:hunter2@db/x' })
  expect(message).toContain('MICRO_SECRET_KEY: expected at least 32 characters')
  expect(message).not.toMatch(/too-short|: short|hunter2/)
})

test('data lies in MICRO_DATA, else below MICRO_HOME, else where PostgreSQL can reach it', () => {
  const root = { isRoot: true, homeDirectory: '/root-home' }
  expect(read({ MICRO_DATA: '/srv/micro', MICRO_HOME: '/h' }).paths.data).toBe('/srv/micro')
  expect(read({ MICRO_HOME: '/h' }, root).paths.data).toBe('/h/server')
  expect(read({}, root).paths.data).toBe('/var/lib/micro')
})

test.each([
  [{ MICRO_HOST: '0.0.0.0' }, 'MICRO_HOST=0.0.0.0'],
  [{ MICRO_DOMAIN: 'micro.example.com' }, 'MICRO_DOMAIN=micro.example.com'],
  [{ MICRO_TRUSTED_PROXIES: '127.0.0.1' }, 'MICRO_TRUSTED_PROXIES=127.0.0.1'],
  [{ MICRO_HOST: '0.0.0.0', MICRO_RUNTIME: 'process' }, 'MICRO_HOST=0.0.0.0'],
])('services do not run as plain processes on a server that others could reach: %o', (environment, why) => {
  const message = problemsOf(environment)
  expect(message).toContain('which isolates nothing')
  expect(message).toContain(why)
})

test('containers isolate only when the server is root: then others may reach it', () => {
  const exposed = { MICRO_HOST: '0.0.0.0', MICRO_RUNTIME: 'docker' }
  expect(problemsOf(exposed)).toContain('only root can set the firewall')
  expect(read(exposed, { isRoot: true, homeDirectory: '/root-home' })).toMatchObject({ runtime: 'docker', loopbackOnly: false })
})

test('the engine is the one of MICRO_DOCKER_SOCKET, of DOCKER_HOST, or where Docker has it', () => {
  expect(read({ MICRO_DOCKER_SOCKET: 'unix:///a/sock', DOCKER_HOST: 'unix:///b/sock' }).dockerSocket).toBe('/a/sock')
  expect(read({ DOCKER_HOST: 'unix:///b/sock' }).dockerSocket).toBe('/b/sock')
  expect(read({ DOCKER_HOST: 'tcp://engine:2376' }).dockerSocket).toBe('/var/run/docker.sock')
  expect(problemsOf({ DOCKER_HOST: 'tcp://engine:2376', MICRO_RUNTIME: 'docker' })).toContain('has to be on this machine')
  expect(problemsOf({ MICRO_DOCKER_SOCKET: 'tcp://engine:2376' })).toContain('expected the path of a Unix socket')
})

test.each(['10.0.0.0/25', '10.0.0.0', 'fd00::/8', 'ten'])('%s is no pool of networks', (pool) => {
  expect(problemsOf({ MICRO_NETWORK_POOL: pool })).toContain('MICRO_NETWORK_POOL')
})

test('a public address at another domain is refused', () => {
  expect(problemsOf({ MICRO_PUBLIC_URL: 'https://micro.example.com' })).toContain('is not at MICRO_DOMAIN=localhost')
})
