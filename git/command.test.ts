import { expect, test } from 'vitest'
import { fetchArguments, type GitSettings, gitEnvironment } from './command.ts'

const settings: GitSettings = {
  url: new URL('https://git.example.com/team/repo.git'),
  addresses: [
    { address: '192.0.2.7', family: 4 },
    { address: '2001:db8::7', family: 6 },
  ],
  environment: {},
  home: '/tmp/home',
  path: '/usr/bin',
}

function configuration(environment: Record<string, string>): Record<string, string | undefined> {
  const count = Number(environment.GIT_CONFIG_COUNT)
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [environment[`GIT_CONFIG_KEY_${index}`] ?? '', environment[`GIT_CONFIG_VALUE_${index}`]]),
  )
}

test('only http(s), no redirects, no hooks, no prompts, nothing of the machine, and the addresses that were checked', () => {
  const environment = gitEnvironment(settings)
  expect(environment).toMatchObject({
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    HOME: '/tmp/home',
  })
  expect(configuration(environment)).toMatchObject({
    'protocol.allow': 'never',
    'protocol.https.allow': 'always',
    'http.followRedirects': 'false',
    'http.curloptResolve': 'git.example.com:443:192.0.2.7,[2001:db8::7]',
    'core.hooksPath': '/dev/null',
    'credential.helper': '',
  })
})

test('a credential goes to its host alone and is no argument', () => {
  const environment = gitEnvironment({ ...settings, credential: { username: 'u', secret: 's' } })
  expect(configuration(environment)['http.https://git.example.com/.extraHeader']).toBe('Authorization: Basic dTpz')
  expect(fetchArguments(settings.url, 'main').join(' ')).not.toMatch(/dTpz|Authorization/)
})

test('proxies and certificates of the operator are passed on, other variables are not', () => {
  const environment = gitEnvironment({
    ...settings,
    environment: { HTTPS_PROXY: 'http://p', SSL_CERT_FILE: '/ca.pem', GIT_SSH_COMMAND: 'evil', GIT_EXEC_PATH: '/x' },
  })
  expect(environment).toMatchObject({ HTTPS_PROXY: 'http://p', GIT_SSL_CAINFO: '/ca.pem' })
  expect(environment).not.toHaveProperty('GIT_SSH_COMMAND')
  expect(environment).not.toHaveProperty('GIT_EXEC_PATH')
})

test('what was not resolved here goes through the proxy and never past it', () => {
  const environment = gitEnvironment({ ...settings, addresses: [], environment: { HTTPS_PROXY: 'http://p', NO_PROXY: '*' } })
  expect(environment).toMatchObject({ NO_PROXY: '', no_proxy: '' })
  expect(configuration(environment)).not.toHaveProperty('http.curloptResolve')
})

test('the URL and the ref stand after --', () => {
  const argv = fetchArguments(settings.url, 'v1')
  expect(argv.slice(argv.indexOf('--'))).toEqual(['--', 'https://git.example.com/team/repo.git', 'v1:refs/micro/source'])
})
