import { expect, test } from 'vitest'
import { readServerSettings } from '../config/server.ts'
import { readyScreen } from './ready-screen.ts'

const person = { isRoot: false, homeDirectory: '/home/ada' }

test('it says where everything is and how to log in', () => {
  const screen = readyScreen({ ...readServerSettings({}, person), runtime: 'process' }, 2_345)
  for (const part of ['ready (2.3 s)', 'http://localhost:8080', '<namespace>.localhost:8080', '/home/ada/.micro/server', 'admin / micro'])
    expect(screen).toContain(part)
})

test('it ends with commands that work in a new terminal', () => {
  const commands = (environment: Record<string, string>) =>
    readyScreen({ ...readServerSettings(environment, person), runtime: 'process' }, 1).split('In another terminal:')[1]
  expect(commands({})).toMatch(/^\n\n {4}export PATH="\/.*\/bin:\$PATH"\n {4}micro signup\n$/)
  expect(commands({ MICRO_PORT: '9090' })).toContain('\n    export MICRO_PORT=9090\n    micro signup\n')
})

test('it never shows a password', () => {
  const settings = readServerSettings(
    { MICRO_ADMIN_PASSWORD: 'correct horse', DATABASE_URL: 'postgresql://micro:hunter2@db/micro' },
    person,
  )
  const screen = readyScreen({ ...settings, runtime: 'process' }, 1)
  expect(screen).toContain('the password of MICRO_ADMIN_PASSWORD')
  expect(screen).not.toMatch(/correct horse|hunter2|admin \/ micro/)
})

test('it says what services run in, and why not in containers', () => {
  const settings = { ...readServerSettings({}, person), isRoot: true }
  const process = readyScreen({ ...settings, runtime: 'process', whyProcess: 'only root can isolate them.' }, 1)
  expect(process).toContain(
    'process: services are plain processes of this machine, not isolated from it\n            No containers: only root',
  )
  expect(readyScreen({ ...settings, runtime: 'process' }, 1)).not.toContain('No containers')
  expect(readyScreen({ ...settings, runtime: 'docker', sandbox: 'gvisor' }, 1)).toContain('the engine at /var/run/docker.sock, on gVisor\n')
  expect(readyScreen({ ...settings, runtime: 'docker', isRoot: false }, 1)).toContain('not isolated from each other')
})
