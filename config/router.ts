import { type Addressing, addressing, withAddressing } from './addressing.ts'
import { pathsOf } from './paths.ts'
import { type Environment, readSettings, required } from './setting.ts'
import { MICRO_DATA, MICRO_LOG_LEVEL, MICRO_ROUTER_KEY } from './settings.ts'

/** What the router reads: neither the database nor the master secret. */
export const routerSettings = {
  data: required(MICRO_DATA),
  ...addressing,
  routerKey: required(MICRO_ROUTER_KEY),
  logLevel: MICRO_LOG_LEVEL,
}

export type RouterSettings = Addressing & {
  /** Unix socket of the platform's gRPC services. */
  controlSocket: string
  /** Unix socket of the console and the GraphQL API. */
  consoleSocket: string
  /** Directory for the copy of the route table; may not exist yet. */
  stateDirectory: string
  /** Proves to the platform that a router of this installation calls. */
  routerKey: string
  logLevel: string
}

export function readRouterSettings(environment: Environment = process.env): RouterSettings {
  const { data, ...values } = readSettings(routerSettings, environment)
  const paths = pathsOf(data)
  return { ...withAddressing(values), controlSocket: paths.controlSocket, consoleSocket: paths.consoleSocket, stateDirectory: paths.router }
}
