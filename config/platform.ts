import { type Addressing, addressing, withAddressing } from './addressing.ts'
import { envelopeKey, routerKey } from './keys.ts'
import { pathsOf } from './paths.ts'
import { type Environment, readSettings, required } from './setting.ts'
import {
  DATABASE_URL,
  MICRO_ADMIN_PASSWORD,
  MICRO_BASE_IMAGES,
  MICRO_DATA,
  MICRO_DISK_BUDGET,
  MICRO_DOCKER_SOCKET,
  MICRO_EGRESS_ALLOW,
  MICRO_FETCH_ALLOW,
  MICRO_LOG_LEVEL,
  MICRO_NETWORK_POOL,
  MICRO_RUNTIME,
  MICRO_SANDBOX,
  MICRO_SECRET_KEY,
} from './settings.ts'

/** What control and worker read. */
export const platformSettings = {
  data: required(MICRO_DATA),
  ...addressing,
  databaseUrl: required(DATABASE_URL),
  secretKey: required(MICRO_SECRET_KEY),
  runtime: MICRO_RUNTIME,
  dockerSocket: MICRO_DOCKER_SOCKET,
  sandbox: MICRO_SANDBOX,
  networkPool: MICRO_NETWORK_POOL,
  adminPassword: MICRO_ADMIN_PASSWORD,
  fetchAllow: MICRO_FETCH_ALLOW,
  egressAllow: MICRO_EGRESS_ALLOW,
  diskBudgetBytes: MICRO_DISK_BUDGET,
  baseImages: MICRO_BASE_IMAGES,
  logLevel: MICRO_LOG_LEVEL,
}

export type PlatformRole = 'control' | 'worker'

export type PlatformSettings = Addressing & {
  /** Which parts this process is: both on one machine. */
  roles: readonly PlatformRole[]
  databaseUrl: string
  /** Artifacts, blobs, build caches and instances lie below it. */
  dataDirectory: string
  /** Unix socket that control listens on. */
  controlSocket: string
  runtime: 'process' | 'docker'
  /** Of the Docker engine. */
  dockerSocket: string
  sandbox: 'none' | 'gvisor'
  /** What networks of namespaces are taken from, in containers. */
  networkPool: string
  /** Undefined on a loopback-only server means the documented `micro`; elsewhere that nobody logs in as the operator. */
  adminPassword: string | undefined
  /** Host names, addresses or networks that may be fetched from although they are private. */
  fetchAllow: readonly string[]
  /** Likewise for what runs in containers. */
  egressAllow: readonly string[]
  /** `local`, or KIND=IMAGE: what images of services are built on, where that is not the default. */
  baseImages: readonly string[]
  /** Undefined: only what the file system has. */
  diskBudgetBytes: number | undefined
  /** 32 bytes that encrypt the data keys of stored secrets. */
  envelopeKey: Buffer
  /** What a router presents. */
  routerKey: string
  logLevel: string
}

export function readPlatformSettings(roles: readonly PlatformRole[], environment: Environment = process.env): PlatformSettings {
  const { data, secretKey, ...values } = readSettings(platformSettings, environment)
  return {
    ...withAddressing(values),
    roles,
    dataDirectory: data,
    controlSocket: pathsOf(data).controlSocket,
    runtime: values.runtime === 'docker' ? 'docker' : 'process',
    dockerSocket: values.dockerSocket ?? '/var/run/docker.sock',
    envelopeKey: envelopeKey(secretKey),
    routerKey: routerKey(secretKey),
  }
}
