import { join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import type { Settings } from './config.ts'
import { isRecord, readState, writeState } from './state-file.ts'
import { nearest } from './suggest.ts'

/** An installation of the platform that the CLI talks to. */
export type Environment = {
  name: string
  /** host or host:port, as it stands in the Host header. */
  address: string
  tls: boolean
  description: string
  builtIn: boolean
}

type Stored = { env?: string; environments: Record<string, Omit<Environment, 'name' | 'builtIn'>>; namespaces: Record<string, string> }

/** `http://127.0.0.1:8080`: what tokens and the chosen namespace belong to, so that neither follows a name to another server. */
export const originOf = ({ address, tls }: Pick<Environment, 'address' | 'tls'>): string =>
  new URL(`${tls ? 'https' : 'http'}://${address}`).origin

export type ConfigFile = ReturnType<typeof openConfig>

/** `config.json`: the environments that were added, the current one, and the current namespace of each. */
export function openConfig(settings: Settings) {
  const path = join(settings.home, 'config.json')
  const read = async (): Promise<Stored> => parseStored(await readState(path))
  const change = async (edit: (stored: Stored) => void) => {
    const stored = await read()
    edit(stored)
    await writeState(path, stored)
  }
  const list = async (): Promise<Environment[]> => {
    const { environments } = await read()
    const added = Object.entries(environments).map(([name, stored]) => ({ name, ...stored, builtIn: false }))
    return [...builtIns(settings).filter(({ name }) => environments[name] === undefined), ...added]
  }
  return {
    list,
    currentName: async () => settings.environment ?? (await read()).env ?? 'local',
    async find(name: string): Promise<Environment> {
      const known = await list()
      const found = known.find((environment) => environment.name === name)
      if (found === undefined) throw unknownEnvironment(name, known)
      return found
    },
    async use(name: string) {
      const environment = await this.find(name)
      await change((stored) => {
        stored.env = environment.name
      })
      return environment
    },
    add: ({ name, builtIn: _, ...stored }: Environment) =>
      change(({ environments }) => {
        environments[name] = stored
      }),
    async remove(name: string) {
      const environment = await this.find(name)
      if (environment.builtIn) {
        throw new PlatformError('failed_precondition', `The environment "${name}" is built in and can't be deleted.`, {
          hint: `Give it another address with \`micro env add ${name} ADDRESS\`.`,
        })
      }
      await change((stored) => {
        delete stored.environments[name]
        if (stored.env === name) delete stored.env
      })
    },
    namespace: async (environment: Environment): Promise<string | undefined> => (await read()).namespaces[originOf(environment)],
    setNamespace: (environment: Environment, namespace: string | undefined) =>
      change(({ namespaces }) => {
        if (namespace === undefined) delete namespaces[originOf(environment)]
        else namespaces[originOf(environment)] = namespace
      }),
  }
}

function builtIns({ localPort }: Settings): Environment[] {
  const local = { name: 'local', address: `127.0.0.1:${localPort}`, tls: false, description: 'this machine', builtIn: true }
  const hosted = (name: string, address: string, description: string) => ({ name, address, tls: true, description, builtIn: true })
  return [local, hosted('dev', 'm3o.dev', 'hosted, free'), hosted('platform', 'm3o.com', 'hosted, for production')]
}

function unknownEnvironment(name: string, known: Environment[]): PlatformError {
  const names = known.map((environment) => environment.name)
  const similar = nearest(name, names)
  return new PlatformError('not_found', `There is no environment "${name}". Known: ${names.join(', ')}.`, {
    hint: similar ? `Did you mean \`micro env set ${similar}\`?` : `Add it with \`micro env add ${name} ADDRESS\`.`,
  })
}

/** Reads `host[:port]` or a URL of a server: TLS unless it is a loopback address or the URL says http. */
export function parseAddress(text: string): Pick<Environment, 'address' | 'tls'> {
  const given = /^(https?):\/\//.exec(text)?.[1]
  let url: URL
  try {
    url = new URL(given === undefined ? `http://${text}` : text)
  } catch {
    throw badAddress(text) // not a URL: the sentence says what one looks like
  }
  const plain = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (!plain || /[\s@]/.test(text) || url.hostname === '') throw badAddress(text)
  return { address: url.host, tls: given === undefined ? !isLoopback(url.hostname) : given === 'https' }
}

function badAddress(text: string): PlatformError {
  return new PlatformError('invalid_argument', `"${text}" is not the address of a server.`, {
    hint: 'Write host or host:port, such as micro.example.com or 127.0.0.1:8080.',
  })
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function parseStored(value: Record<string, unknown> | undefined): Stored {
  const stored: Stored = { environments: {}, namespaces: {} }
  if (typeof value?.env === 'string') stored.env = value.env
  for (const [name, environment] of entries(value?.environments)) {
    if (!isRecord(environment) || typeof environment.address !== 'string') continue
    const { address, tls, description } = environment
    stored.environments[name] = { address, tls: tls !== false, description: typeof description === 'string' ? description : '' }
  }
  for (const [origin, namespace] of entries(value?.namespaces)) if (typeof namespace === 'string') stored.namespaces[origin] = namespace
  return stored
}

const entries = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : [])
