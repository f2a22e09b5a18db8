import { type Addressing, addressing, withAddressing } from './addressing.ts'
import { envelopeKey, sessionCookieKey } from './keys.ts'
import { pathsOf } from './paths.ts'
import { type Environment, readSettings, required } from './setting.ts'
import {
  DATABASE_URL,
  MICRO_ADMIN_PASSWORD,
  MICRO_DATA,
  MICRO_FETCH_ALLOW,
  MICRO_LOG_LEVEL,
  MICRO_NETWORK_POOL,
  MICRO_RUNTIME,
  MICRO_SECRET_KEY,
} from './settings.ts'

/** What the console and the GraphQL API read. */
export const consoleSettings = {
  data: required(MICRO_DATA),
  ...addressing,
  databaseUrl: required(DATABASE_URL),
  secretKey: required(MICRO_SECRET_KEY),
  runtime: MICRO_RUNTIME,
  networkPool: MICRO_NETWORK_POOL,
  adminPassword: MICRO_ADMIN_PASSWORD,
  fetchAllow: MICRO_FETCH_ALLOW,
  logLevel: MICRO_LOG_LEVEL,
}

export type ConsoleSettings = Addressing & {
  databaseUrl: string
  dataDirectory: string
  /** Unix socket that the console listens on. */
  consoleSocket: string
  runtime: 'process' | 'docker'
  networkPool: string
  adminPassword: string | undefined
  fetchAllow: readonly string[]
  /** 32 bytes that session cookies are encrypted by. */
  sessionCookieKey: Buffer
  /** 32 bytes that encrypt the data keys of stored secrets. */
  envelopeKey: Buffer
  logLevel: string
}

export function readConsoleSettings(environment: Environment = process.env): ConsoleSettings {
  const { data, secretKey, ...values } = readSettings(consoleSettings, environment)
  return {
    ...withAddressing(values),
    dataDirectory: data,
    consoleSocket: pathsOf(data).consoleSocket,
    runtime: values.runtime === 'docker' ? 'docker' : 'process',
    sessionCookieKey: sessionCookieKey(secretKey),
    envelopeKey: envelopeKey(secretKey),
  }
}
