import { PlatformError } from '../../lib/errors.ts'
import { cacheVariables } from '../cache-folders.ts'

/** Where commands of a build find what the namespace keeps, and what they are started by. */
export const cacheDirectory = '/cache'
export const launcherPath = '/run/micro/command'
export const bundlePath = '/run/micro/certificates.pem'
export const npmrcPath = '/run/micro/npmrc'

/** Name the machine's certificates for one program or another. */
const bundleVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'CURL_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'PIP_CERT',
  'CARGO_HTTP_CAINFO',
  'npm_config_cafile',
]

/** Before 1980 there is no time in a zip archive. */
const epoch = '315532800'

/** What the operator's environment means inside a build: see `operatorEnvironment`. */
export function containerEnvironment(environment: Readonly<Record<string, string>>): {
  variables: Record<string, string>
  /** File of this machine with the certificates that the variables name. */
  bundle: string | undefined
} {
  const named = bundleVariables.flatMap((name) => environment[name] ?? [])
  const [bundle] = named
  const others = Object.entries(environment).filter(
    // What lies on this machine does not lie in the build.
    ([name, value]) => !bundleVariables.includes(name) && !value.startsWith('/'),
  )
  const trust = bundle === undefined ? [] : bundleVariables.map((name): [string, string] => [name, bundlePath])
  return { variables: Object.fromEntries([...others, ...trust]), bundle }
}

/**
 * The script that commands of a build are started by. It is a secret of the build, so that what it says (addresses and tokens of registries)
 * is in no layer, and changes of it do not make anything again.
 */
export function launcher(variables: Readonly<Record<string, string>>): string {
  const all = {
    LANG: 'C.UTF-8',
    CI: '1',
    SOURCE_DATE_EPOCH: epoch,
    ...cacheVariables(cacheDirectory),
    ...variables,
  }
  const words = Object.entries(all).map(([name, value]) => quoted(`${name}=${value}`))
  return `#!/bin/sh\nexec env ${words.join(' ')} "$@"\n`
}

/** One word of a shell, whatever it holds. */
function quoted(text: string): string {
  if (text.includes('\0')) throw new PlatformError('invalid_argument', 'A variable of a build holds a null character.')
  return `'${text.replaceAll("'", `'\\''`)}'`
}
