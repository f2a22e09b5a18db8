import { expect, test } from 'vitest'
import { childEnvironment } from './environment.ts'
import { routerKey } from './keys.ts'
import { platformSettings, readPlatformSettings } from './platform.ts'
import { readRouterSettings, routerSettings } from './router.ts'

const secretKey = 'k'.repeat(43)
const given = { PATH: '/bin', MICRO_DOMAIN: 'localhost', MICRO_ADMIN_PASSWORD: 'correct horse', MICRO_TOKEN: 'not-for-children' }
const resolved = {
  MICRO_DATA: '/srv/micro',
  MICRO_PORT: '4711',
  MICRO_SECRET_KEY: secretKey,
  MICRO_ROUTER_KEY: routerKey(secretKey),
  DATABASE_URL: 'postgresql://micro:secret@localhost/micro?host=%2Fsrv',
}

test('the router learns neither the database nor the master secret', () => {
  const environment = childEnvironment(routerSettings, resolved, given)
  expect(Object.values(environment).join(' ')).not.toMatch(/kkkk|postgresql|correct horse|not-for-children/)
  expect(readRouterSettings(environment)).toMatchObject({
    port: 4711,
    publicUrl: 'http://localhost:4711',
    controlSocket: '/srv/micro/run/control.sock',
  })
})

test('the platform knows the key that routers present, and keys that tell nothing of each other', () => {
  const settings = readPlatformSettings(['control', 'worker'], childEnvironment(platformSettings, resolved, given))
  expect(settings.routerKey).toBe(readRouterSettings(childEnvironment(routerSettings, resolved, given)).routerKey)
  expect(settings.envelopeKey).toHaveLength(32)
  expect(settings.envelopeKey.toString('base64url')).not.toBe(settings.routerKey)
  expect(settings).not.toHaveProperty('secretKey')
})

test('a part that lacks what it cannot do without says so', () => {
  expect(() => readPlatformSettings(['worker'], { MICRO_DATA: '/srv/micro' })).toThrow(
    /DATABASE_URL is not set[\s\S]*MICRO_SECRET_KEY is not set/,
  )
})
