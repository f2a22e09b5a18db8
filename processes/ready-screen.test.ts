import { expect, test } from 'vitest'
import { readServerSettings } from '../config/server.ts'
import { readyScreen } from './ready-screen.ts'

const person = { isRoot: false, homeDirectory: '/home/ada' }

test('it says where everything is and how to log in', () => {
  const screen = readyScreen(readServerSettings({}, person), 2_345)
  for (const part of ['ready (2.3 s)', 'http://localhost:8080', '<namespace>.localhost:8080', '/home/ada/.micro/server', 'admin / micro'])
    expect(screen).toContain(part)
})

test('it never shows a password', () => {
  const settings = readServerSettings(
    { MICRO_ADMIN_PASSWORD: 'correct horse', DATABASE_URL: 'postgresql://micro:hunter2@db/micro' },
    person,
  )
  const screen = readyScreen(settings, 1)
  expect(screen).toContain('the password of MICRO_ADMIN_PASSWORD')
  expect(screen).not.toMatch(/correct horse|hunter2|admin \/ micro/)
})
