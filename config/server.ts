import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Addressing, addressing, addressingProblems, withAddressing } from './addressing.ts'
import { type Paths, pathsOf } from './paths.ts'
import { type Environment, readSettings, type Values } from './setting.ts'
import {
  DATABASE_URL,
  MICRO_ADMIN_PASSWORD,
  MICRO_BASE_IMAGES,
  MICRO_DATA,
  MICRO_DISK_BUDGET,
  MICRO_FETCH_ALLOW,
  MICRO_HOME,
  MICRO_LOG_LEVEL,
  MICRO_ROUTER_KEY,
  MICRO_RUNTIME,
  MICRO_SECRET_KEY,
} from './settings.ts'

/** Everything that a person can set of `micro server`. */
export const serverSettings = {
  home: MICRO_HOME,
  data: MICRO_DATA,
  ...addressing,
  runtime: MICRO_RUNTIME,
  baseImages: MICRO_BASE_IMAGES,
  databaseUrl: DATABASE_URL,
  adminPassword: MICRO_ADMIN_PASSWORD,
  secretKey: MICRO_SECRET_KEY,
  routerKey: MICRO_ROUTER_KEY,
  logLevel: MICRO_LOG_LEVEL,
  fetchAllow: MICRO_FETCH_ALLOW,
  diskBudget: MICRO_DISK_BUDGET,
}

type Read = Omit<Values<typeof serverSettings>, 'home' | 'data' | 'runtime' | 'publicUrl'>
export type ServerSettings = Read & Addressing & { paths: Paths; runtime: 'process'; publicUrlGiven: boolean }

export type Person = { isRoot: boolean; homeDirectory: string }

/** @throws PlatformError `invalid_argument` that names every problem */
/** A flag is another way to give a setting, and wins; set for this process, so that its children hear of it as well. */
export function setFromFlags({ host, port, data }: { host?: string; port?: string; data?: string }): void {
  const given = { MICRO_HOST: host, MICRO_PORT: port, MICRO_DATA: data }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value
}

export function readServerSettings(environment: Environment = process.env, person: Person = thisPerson()): ServerSettings {
  const { home, data, runtime: _, ...values } = readSettings(serverSettings, environment, problems)
  return {
    ...withAddressing(values),
    runtime: 'process',
    publicUrlGiven: values.publicUrl !== undefined,
    paths: pathsOf(dataDirectory(data, home, person)),
  }
}

/** What commands that work on a server's machine, without the server, need to know of it. */
export function readMachineSettings(environment: Environment = process.env, person: Person = thisPerson()) {
  const { home, data, baseImages } = readSettings({ home: MICRO_HOME, data: MICRO_DATA, baseImages: MICRO_BASE_IMAGES }, environment)
  return { dataDirectory: dataDirectory(data, home, person), baseImages }
}

function problems(values: Values<typeof serverSettings>): string[] {
  return [...addressingProblems(values), ...runtimeProblems(values)]
}

/** The process runtime isolates nothing, so it is for a machine's own users only. */
function runtimeProblems(values: Values<typeof serverSettings>): string[] {
  if (values.runtime === 'docker') return ['MICRO_RUNTIME=docker: containers are not part of this version of Micro; use auto or process.']
  if (withAddressing(values).loopbackOnly) return []
  const why = [
    `MICRO_HOST=${values.host}`,
    `MICRO_DOMAIN=${values.domain}`,
    ...(values.trustedProxies.length > 0 ? [`MICRO_TRUSTED_PROXIES=${values.trustedProxies.join(',')}`] : []),
  ].join(', ')
  return [
    `MICRO_RUNTIME: others could reach this server (${why}), and services run as plain processes here, which isolates nothing; ` +
      'bind it to 127.0.0.1 with the domain localhost and no trusted proxy.',
  ]
}

/** PostgreSQL never runs as root, so root's data must lie where another user may pass: root's home is no such place. */
function dataDirectory(data: string | undefined, home: string | undefined, { isRoot, homeDirectory }: Person): string {
  if (data !== undefined) return resolve(data)
  if (home !== undefined) return resolve(home, 'server')
  return isRoot ? '/var/lib/micro' : join(homeDirectory, '.micro', 'server')
}

function thisPerson(): Person {
  return { isRoot: process.getuid?.() === 0, homeDirectory: homedir() }
}
