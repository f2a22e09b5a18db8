type Variables = Readonly<Record<string, string | undefined>>

/** Settings of the operator's network that a build needs to reach registries; none of them is a secret of the platform. */
const passedVariables: readonly string[] = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'GIT_SSL_CAINFO'],
  ...[
    'PIP_INDEX_URL',
    'PIP_EXTRA_INDEX_URL',
    'PIP_FIND_LINKS',
    'PIP_TRUSTED_HOST',
    'PIP_CERT',
    'PIP_DEFAULT_TIMEOUT',
    'UV_INDEX_URL',
    'UV_DEFAULT_INDEX',
  ],
  ...['GOPROXY', 'GONOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GOPRIVATE', 'GOFLAGS', 'GOTOOLCHAIN', 'TZ'],
]

const npmSettings = new Set(['registry', 'cafile', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl', 'fetch-timeout', 'maxsockets'])

/**
 * What the operator's environment passes on to builds.
 * @param npmrc text of the operator's ~/.npmrc, which the user that builds run as cannot read: its registries and certificates go along as
 *   variables, its tokens never. An operator who wants builds to use a token gives it as a variable of the form npm_config_//host/:_authToken.
 */
export function operatorEnvironment(variables: Variables, npmrc = ''): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const line of npmrc.split(/\r?\n/)) {
    const [, name, value] = /^\s*([^#;=\s]+)\s*=\s*"?(.*?)"?\s*$/.exec(line) ?? []
    if (name === undefined || value === undefined || value.includes('${')) continue
    if (npmSettings.has(name) || /^@[\w.-]+:registry$/.test(name)) passed[npmVariable(name)] = value
  }
  for (const [name, value] of Object.entries(variables)) {
    if (value !== undefined && (passedVariables.includes(name) || isNpmSetting(name))) passed[name] = value
  }
  return passed
}

const npmVariable = (name: string) => `npm_config_${name.startsWith('@') ? name : name.replaceAll('-', '_')}`

function isNpmSetting(name: string): boolean {
  const [, setting] = /^npm_config_(.+)$/i.exec(name) ?? []
  if (setting === undefined) return false
  return setting.startsWith('//') || /^@[\w.-]+:registry$/.test(setting) || npmSettings.has(setting.toLowerCase().replaceAll('_', '-'))
}
