import type { ResolvedAddress } from './address.ts'

export type Credential = { username: string; secret: string }

/** Networks have proxies and certificates of their own; everything else of the machine's git stays out. */
const passed = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'GIT_SSL_CAINFO',
]

export type GitSettings = {
  url: URL
  addresses: readonly ResolvedAddress[]
  credential?: Credential
  /** Of the operator: see `passed`. */
  environment: Readonly<Record<string, string>>
  home: string
  path: string
}

/**
 * All that git sees. Its configuration is given by the environment: nothing of the machine or the user is read, and a credential is neither an
 * argument, which others could see, nor a file.
 */
export function gitEnvironment({ url, addresses, credential, environment, home, path }: GitSettings): Record<string, string> {
  const settings: [string, string][] = [
    ['protocol.allow', 'never'],
    ['protocol.https.allow', 'always'],
    ['protocol.http.allow', 'always'],
    ['http.followRedirects', 'false'],
    ...(addresses.length === 0 ? [] : [pin(url, addresses)]),
    ['http.lowSpeedLimit', '100'],
    ['http.lowSpeedTime', '60'],
    ['credential.helper', ''],
    ['core.hooksPath', '/dev/null'],
    ['core.fsmonitor', 'false'],
    ['core.symlinks', 'true'],
    ['core.autocrlf', 'false'],
    ['core.protectHFS', 'true'],
    ['core.protectNTFS', 'true'],
    ['submodule.recurse', 'false'],
    ['fetch.unpackLimit', '1'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['advice.detachedHead', 'false'],
    ['init.defaultBranch', 'main'],
  ]
  if (credential) settings.push([`http.${url.origin}/.extraHeader`, `Authorization: Basic ${basic(credential)}`])
  const certificates = environment.GIT_SSL_CAINFO ?? environment.SSL_CERT_FILE
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => passed.includes(name))),
    // Not checked here: then never without the proxy.
    ...(addresses.length === 0 ? { NO_PROXY: '', no_proxy: '' } : {}),
    ...(certificates === undefined ? {} : { GIT_SSL_CAINFO: certificates }),
    PATH: path,
    HOME: home,
    XDG_CONFIG_HOME: home,
    LC_ALL: 'C.UTF-8',
    LANGUAGE: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, name],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

/** Connects to the addresses that were checked and no others: a name could resolve to something else the next time. */
function pin(url: URL, addresses: readonly ResolvedAddress[]): [string, string] {
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  const list = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address)).join(',')
  return ['http.curloptResolve', `${url.hostname.replace(/^\[(.*)\]$/, '$1')}:${port}:${list}`]
}

/** The proxy that requests to the URL take. */
export function proxyOf(url: URL, environment: Readonly<Record<string, string>>): string | undefined {
  const names =
    url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] : ['http_proxy', 'all_proxy', 'ALL_PROXY']
  return names.map((name) => environment[name]).find((value) => value !== undefined && value !== '')
}

const basic = ({ username, secret }: Credential) => Buffer.from(`${username}:${secret}`).toString('base64')

/** Where the fetched commit is kept in the temporary repository. */
const fetchedRef = 'refs/micro/source'

export const initArguments = (repository: string) => ['git', 'init', '--quiet', '--template=', '--', repository]
export const defaultBranchArguments = (url: URL) => ['git', 'ls-remote', '--symref', '--', url.href, 'HEAD']
export const fetchArguments = (url: URL, ref: string) => [
  ...['git', 'fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--no-auto-maintenance', '--no-write-fetch-head'],
  ...['--', url.href, `${ref}:${fetchedRef}`],
]
export const commitArguments = () => ['git', 'rev-parse', '--verify', '--quiet', '--end-of-options', `${fetchedRef}^{commit}`]
export const listArguments = (tree: string) => ['git', 'ls-tree', '-r', '-l', '-z', '--full-tree', '--end-of-options', tree]
export const readTreeArguments = (tree: string) => ['git', 'read-tree', '--end-of-options', tree]
export const checkoutArguments = () => ['git', 'checkout-index', '--all', '--quiet']
