import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import type { PlatformSettings } from '../config/platform.ts'
import { startPlatform } from '../processes/platform.ts'
import type { TestPlatform } from './platform.ts'

export type TestWorker = { stop(): Promise<void> }

/** The worker as the platform composes it, on the test's database and blobs: real builds, real processes. */
export async function startWorker(platform: TestPlatform, changes: Partial<PlatformSettings> = {}): Promise<TestWorker> {
  await chmod(platform.dataDirectory, 0o711)
  return startPlatform({ ...settingsOf(platform), ...changes }, pino({ level: 'silent' }))
}

/** The same in a process of its own, to be killed. */
export async function spawnWorker(platform: TestPlatform, changes: Partial<PlatformSettings> = {}): Promise<{ kill(): Promise<void> }> {
  await chmod(platform.dataDirectory, 0o711)
  const { envelopeKey, ...settings } = { ...settingsOf(platform), ...changes }
  const main = fileURLToPath(new URL('worker-main.ts', import.meta.url))
  const given = JSON.stringify({ ...settings, envelopeKey: envelopeKey.toString('hex') })
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, given], { stdio: ['ignore', 'pipe', 'inherit'] })
  await Promise.race([once(child.stdout, 'data'), ended(child)])
  return {
    async kill() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`The worker ended with ${code} before it was ready.`)
}

export const settingsOf = ({ databaseUrl, dataDirectory, envelopeKey }: TestPlatform): PlatformSettings => ({
  host: '127.0.0.1',
  port: 8080,
  domain: 'localhost',
  publicUrl: 'http://localhost:8080',
  trustedProxies: [],
  // No log-in of the operator is wanted here.
  loopbackOnly: false,
  roles: ['worker'],
  databaseUrl,
  dataDirectory,
  controlSocket: join(dataDirectory, 'control.sock'),
  runtime: 'process',
  dockerSocket: '/var/run/docker.sock',
  sandbox: 'none',
  networkPool: '10.208.0.0/12',
  adminPassword: undefined,
  fetchAllow: [],
  egressAllow: [],
  diskBudgetBytes: undefined,
  baseImages: [],
  envelopeKey,
  routerKey: '',
  logLevel: 'silent',
})
