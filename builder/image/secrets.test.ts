import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { buildArguments } from './build.ts'
import { containerEnvironment, launcher } from './launcher.ts'
import { splitNpmrc } from './npmrc.ts'
import { parseProgress, placeOf } from './progress.ts'

test('of an .npmrc only what lets somebody in is a secret', () => {
  const text = `registry=https://npm.example.com/\n//npm.example.com/:_authToken=abcdef\n_auth = "xyz"\n//x/:username=me\n//y/:_authToken=\${TOKEN}\nlegacy-peer-deps=true`
  expect(splitNpmrc(text)).toEqual({
    open: 'registry=https://npm.example.com/\nlegacy-peer-deps=true',
    secret: `//npm.example.com/:_authToken=abcdef\n_auth = "xyz"\n//x/:username=me\n//y/:_authToken=\${TOKEN}`,
    values: ['abcdef', 'xyz'],
  })
})

test('certificates of the machine are where commands can see them; other files of it are not named', () => {
  const { variables, bundle } = containerEnvironment({
    SSL_CERT_FILE: '/etc/ca.pem',
    PIP_FIND_LINKS: '/wheels',
    GOPROXY: 'https://go.example.com',
  })
  expect(bundle).toBe('/etc/ca.pem')
  expect(variables).toMatchObject({ GOPROXY: 'https://go.example.com', NODE_EXTRA_CA_CERTS: '/run/micro/certificates.pem' })
  expect(variables).not.toHaveProperty('PIP_FIND_LINKS')
})

test('the launcher hands values and arguments on as they are', () => {
  const value = `it's "me" $HOME \`id\` \\ \n; exit`
  const script = launcher({ 'npm_config_//npm.example.com/:_authToken': value })
  const printed = execFileSync(
    '/bin/sh',
    [
      '-s',
      '--',
      'node',
      '-e',
      'console.log(JSON.stringify([process.env["npm_config_//npm.example.com/:_authToken"], process.argv[1]]))',
      '$x "y"',
    ],
    { input: script, env: { NODE_ENV: 'test', PATH: process.env.PATH } },
  )
  expect(JSON.parse(printed.toString())).toEqual([value, '$x "y"'])
})

test('neither a secret nor a proxy’s password stands in the argument list', () => {
  const argv = buildArguments(
    {
      context: '/src',
      dockerfile: '',
      tag: 'a:1',
      labels: { x: 'y' },
      secrets: { npm: 'secret' },
      proxies: { HTTP_PROXY: 'http://u:secret@p' },
      titleOf: () => undefined,
    },
    '/tmp/d',
  )
  expect(argv).toEqual([
    ...['build', '--progress', 'plain', '--file', '/tmp/d/Dockerfile', '--iidfile', '/tmp/d/image', '--tag', 'a:1', '--label', 'x=y'],
    ...['--build-arg', 'HTTP_PROXY', '--secret', 'id=npm,src=/tmp/d/secret-npm', '/src'],
  ])
})

test.each([
  ['#5 [build 4/6] RUN x', { kind: 'begin', vertex: '5', name: '[build 4/6] RUN x' }],
  ['#5 0.345 DONE 0.1s', { kind: 'output', vertex: '5', text: 'DONE 0.1s' }],
  ['#5 DONE 0.1s', { kind: 'done', vertex: '5' }],
  ['#5 CACHED', { kind: 'cached', vertex: '5' }],
  ['#5 ERROR: exit code: 3', { kind: 'failed', vertex: '5', message: 'exit code: 3' }],
  ['failed to solve: x', { kind: 'client', text: 'failed to solve: x' }],
  ['#5 sha256:abc', { kind: 'other' }],
])('the line %j is told from what commands print', (line, parsed) => {
  expect(parseProgress(line)).toEqual(parsed)
})

test('the place of a step', () => {
  expect(placeOf('[build  4/12] RUN x')).toEqual({ stage: 'build', place: 4, instruction: 'RUN x' })
  expect(placeOf('[2/2] RUN x')).toEqual({ stage: '', place: 2, instruction: 'RUN x' })
  expect(placeOf('[internal] load metadata for x')).toBeUndefined()
})
