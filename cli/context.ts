import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Settings } from './config.ts'
import { type ConfigFile, type Environment, openConfig } from './environments.ts'
import type { Output } from './output.ts'
import { openTokens, type TokenFile } from './tokens.ts'

/** What every command is given. Files are read and the server is called only when a command asks for what needs it. */
export type Context = {
  readonly out: Output
  readonly settings: Settings
  readonly config: ConfigFile
  readonly tokens: TokenFile
  /** `--namespace`, before any default. */
  readonly givenNamespace: string | undefined
  /** Standard input and output are terminals: questions can be asked. */
  readonly canAsk: boolean
  environment(): Promise<Environment>
  api(): Promise<Api>
  /** The namespace to work in: --namespace, MICRO_NAMESPACE, the chosen one, or the only one that there is. */
  namespace(): Promise<string>
  /** Aborts at Ctrl-C, in place of ending the process. A second Ctrl-C ends it. */
  interrupted(): AbortSignal
  close(): Promise<void>
}

type Options = { out: Output; settings: Settings; environment: string | undefined; namespace: string | undefined }

export function createContext({ out, settings, environment: givenEnvironment, namespace: givenNamespace }: Options): Context {
  const config = openConfig(settings)
  const tokens = openTokens(settings.home)
  const environment = once(async () => config.find(givenEnvironment ?? (await config.currentName())))
  const api = once(async () => {
    const [{ openApi }, target] = await Promise.all([import('./api.ts'), environment()])
    return openApi({ environment: target, tokens, fixedToken: settings.token })
  })
  const opened = { api: undefined as Api | undefined }
  return {
    out,
    settings,
    config,
    tokens,
    givenNamespace,
    canAsk: process.stdin.isTTY === true && process.stdout.isTTY === true && !out.json,
    environment,
    api: async () => {
      opened.api = await api()
      return opened.api
    },
    namespace: once(
      async () => givenNamespace ?? settings.namespace ?? (await config.namespace(await environment())) ?? onlyNamespace(await api()),
    ),
    interrupted: once(interruption),
    close: async () => opened.api?.connection.close(),
  }
}

/** Someone with one namespace need not choose it. */
async function onlyNamespace(api: Api): Promise<string> {
  const { namespaces } = await api.namespace.listNamespaces({})
  const [first, second] = namespaces
  if (first !== undefined && second === undefined) return first.name
  const names = namespaces.map(({ name }) => name).join(', ')
  throw new PlatformError('failed_precondition', first ? `No namespace is chosen. Yours: ${names}.` : 'You are in no namespace yet.', {
    hint: first ? `Choose one with \`micro user namespace set ${first.name}\`.` : 'Create one with `micro namespace create`.',
  })
}

function interruption(): AbortSignal {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
