import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Addressing, addressing, addressingProblems, withAddressing } from './addressing.ts'
import { type Paths, pathsOf } from './paths.ts'
import { type Environment, readSettings, type Values } from './setting.ts'
import {
  DATABASE_URL,
  DOCKER_HOST,
  MICRO_ADMIN_PASSWORD,
  MICRO_BASE_IMAGES,
  MICRO_DATA,
  MICRO_DISK_BUDGET,
  MICRO_DOCKER_SOCKET,
  MICRO_EGRESS_ALLOW,
  MICRO_FETCH_ALLOW,
  MICRO_HOME,
  MICRO_LOG_LEVEL,
  MICRO_NETWORK_POOL,
  MICRO_ROUTER_KEY,
  MICRO_RUNTIME,
  MICRO_SANDBOX,
  MICRO_SECRET_KEY,
} from './settings.ts'

/** Everything that a person can set of `micro server`. */
export const serverSettings = {
  home: MICRO_HOME,
  data: MICRO_DATA,
  ...addressing,
  runtime: MICRO_RUNTIME,
  dockerSocket: MICRO_DOCKER_SOCKET,
  dockerHost: DOCKER_HOST,
  sandbox: MICRO_SANDBOX,
  networkPool: MICRO_NETWORK_POOL,
  baseImages: MICRO_BASE_IMAGES,
  databaseUrl: DATABASE_URL,
  adminPassword: MICRO_ADMIN_PASSWORD,
  secretKey: MICRO_SECRET_KEY,
  routerKey: MICRO_ROUTER_KEY,
  logLevel: MICRO_LOG_LEVEL,
  fetchAllow: MICRO_FETCH_ALLOW,
  egressAllow: MICRO_EGRESS_ALLOW,
  diskBudget: MICRO_DISK_BUDGET,
}

type Read = Omit<Values<typeof serverSettings>, 'home' | 'data' | 'dockerHost' | 'publicUrl'>
export type ServerSettings = Read & Addressing & { paths: Paths; dockerSocket: string; isRoot: boolean; publicUrlGiven: boolean }

export type Person = { isRoot: boolean; homeDirectory: string }

/** @throws PlatformError `invalid_argument` that names every problem */
/** A flag is another way to give a setting, and wins; set for this process, so that its children hear of it as well. */
export function setFromFlags({ host, port, data }: { host?: string; port?: string; data?: string }): void {
  const given = { MICRO_HOST: host, MICRO_PORT: port, MICRO_DATA: data }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) process.env[name] = value
}

export function readServerSettings(environment: Environment = process.env, person: Person = thisPerson()): ServerSettings {
  const { home, data, dockerHost, ...values } = readSettings(serverSettings, environment, (given) => problems(given, person))
  return {
    ...withAddressing(values),
    dockerSocket: values.dockerSocket ?? socketOf(dockerHost) ?? '/var/run/docker.sock',
    isRoot: person.isRoot,
    publicUrlGiven: values.publicUrl !== undefined,
    paths: pathsOf(dataDirectory(data, home, person)),
  }
}

/** What commands that work on a server's machine, without the server, need to know of it. */
export function readMachineSettings(environment: Environment = process.env, person: Person = thisPerson()) {
  const { home, data, baseImages } = readSettings({ home: MICRO_HOME, data: MICRO_DATA, baseImages: MICRO_BASE_IMAGES }, environment)
  return { dataDirectory: dataDirectory(data, home, person), baseImages }
}

function problems(values: Values<typeof serverSettings>, person: Person): string[] {
  return [...addressingProblems(values), ...runtimeProblems(values, person), ...engineProblems(values)]
}

/** Without root there is no isolation, whatever services run in: then a server is for a machine's own users only. */
function runtimeProblems(values: Values<typeof serverSettings>, { isRoot }: Person): string[] {
  if (values.runtime !== 'process' && isRoot) return [] // What `auto` comes to is known when the engine was asked.
  const why = exposure({ ...values, ...withAddressing(values) })
  if (why === undefined) return []
  return values.runtime === 'docker'
    ? [`MICRO_RUNTIME=docker: ${notIsolatedByUser(why)}`]
    : [`MICRO_RUNTIME: ${notIsolatedByProcesses(why)}`]
}

/** What makes a server reachable for others than the users of its machine; undefined when nothing does. */
export function exposure({
  loopbackOnly,
  host,
  domain,
  trustedProxies,
}: Pick<ServerSettings, 'loopbackOnly' | 'host' | 'domain' | 'trustedProxies'>) {
  if (loopbackOnly) return undefined
  return [
    `MICRO_HOST=${host}`,
    `MICRO_DOMAIN=${domain}`,
    ...(trustedProxies.length > 0 ? [`MICRO_TRUSTED_PROXIES=${trustedProxies.join(',')}`] : []),
  ].join(', ')
}

const bindToLoopback = 'bind it to 127.0.0.1 with the domain localhost and no trusted proxy.'

export const notIsolatedByProcesses = (why: string): string =>
  `others could reach this server (${why}), and services run as plain processes here, which isolates nothing; ` +
  `start it as root on a machine with Docker, or ${bindToLoopback}`

const notIsolatedByUser = (why: string): string =>
  `others could reach this server (${why}), and only root can set the firewall that isolates containers; start it as root, or ${bindToLoopback}`

function engineProblems({ runtime, dockerSocket, dockerHost }: Values<typeof serverSettings>): string[] {
  if (runtime !== 'docker' || dockerSocket !== undefined || dockerHost === undefined || socketOf(dockerHost) !== undefined) return []
  return [`DOCKER_HOST=${dockerHost}: the Docker engine has to be on this machine; set MICRO_DOCKER_SOCKET to the path of its socket.`]
}

const socketOf = (dockerHost: string | undefined): string | undefined => /^unix:\/\/(\/.+)$/.exec(dockerHost ?? '')?.[1]

/** PostgreSQL never runs as root, so root's data must lie where another user may pass: root's home is no such place. */
function dataDirectory(data: string | undefined, home: string | undefined, { isRoot, homeDirectory }: Person): string {
  if (data !== undefined) return resolve(data)
  if (home !== undefined) return resolve(home, 'server')
  return isRoot ? '/var/lib/micro' : join(homeDirectory, '.micro', 'server')
}

function thisPerson(): Person {
  return { isRoot: process.getuid?.() === 0, homeDirectory: homedir() }
}
