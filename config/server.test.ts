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
    runtime: 'process',
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

test('containers are announced as not yet there', () => {
  expect(problemsOf({ MICRO_RUNTIME: 'docker' })).toContain('containers are not part of this version')
})

test('a public address at another domain is refused', () => {
  expect(problemsOf({ MICRO_PUBLIC_URL: 'https://micro.example.com' })).toContain('is not at MICRO_DOMAIN=localhost')
})
