import { expect, test } from 'vitest'
import { operatorEnvironment } from './environment.ts'

test('passes proxies, certificates and registries on, and nothing else', () => {
  const variables = {
    HTTPS_PROXY: 'http://proxy:3128',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    PIP_INDEX_URL: 'https://pypi.example/simple',
    npm_config_registry: 'https://npm.example/',
    'npm_config_//npm.example/:_authToken': 'given on purpose',
    DATABASE_URL: 'postgres://secret',
    MICRO_SECRET_KEY: 'secret',
    npm_config__auth: 'secret',
    npm_config_user_agent: 'npm/11',
    HOME: '/root',
    UNSET: undefined,
  }
  expect(operatorEnvironment(variables)).toEqual({
    HTTPS_PROXY: 'http://proxy:3128',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    PIP_INDEX_URL: 'https://pypi.example/simple',
    npm_config_registry: 'https://npm.example/',
    'npm_config_//npm.example/:_authToken': 'given on purpose',
  })
})

test('takes registries and certificates of the npmrc along, never a token; a variable wins', () => {
  const npmrc = `
    ; a comment
    registry=https://npm.example/
    @team:registry = "https://team.example/"
    //npm.example/:_authToken=secret
    _auth=secret
    cafile=/etc/ca.pem
    strict-ssl=false
    https-proxy=\${SOME_VARIABLE}
    save-exact=true`
  expect(operatorEnvironment({ npm_config_cafile: '/other.pem' }, npmrc)).toEqual({
    npm_config_registry: 'https://npm.example/',
    'npm_config_@team:registry': 'https://team.example/',
    npm_config_cafile: '/other.pem',
    npm_config_strict_ssl: 'false',
  })
})
