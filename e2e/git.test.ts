import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GitServer, startGitServer } from '../testing/git-server.ts'
import { answering, type Installation, startInstallation } from './installation.ts'

let micro: Installation
let open: GitServer
let closed: GitServer
let namespace: string

beforeAll(async () => {
  open = await startGitServer()
  closed = await startGitServer({ password: 'hunter2-token' })
  micro = await startInstallation({ MICRO_FETCH_ALLOW: '127.0.0.1' })
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  namespace = (await micro.ok('user', 'namespace')).trim()
}, 240_000)
afterAll(async () => {
  await micro?.close()
  await open?.close()
  await closed?.close()
})

const answer = async (service: string) => (await micro.call(`${namespace}.localhost`, `/${service}`)).body
const inFolder = (folder: string, files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]))

test('a sub-folder, a branch, a tag and a commit are run, and update fetches anew', { timeout: 120_000 }, async () => {
  const { url, commit, git } = await open.create('shop', { ...answering('root'), ...inFolder('apps/cart', answering('cart')) })
  await micro.ok('run', url, '--name', 'shop')
  expect(await answer('shop')).toBe('root')
  await micro.ok('run', `${url}//apps/cart`, '--name', 'cart')
  expect(await answer('cart')).toBe('cart')

  const first = await commit(answering('beta'), 'beta')
  await git('tag', 'v1', first)
  await git('push', 'origin', 'v1').catch(() => undefined) // the server's own repository may have it already
  await micro.ok('run', `${url}@beta`, '--name', 'shop')
  expect(await answer('shop')).toBe('beta')
  await commit(answering('beta, again'), 'beta')
  await micro.ok('update', 'shop')
  expect(await answer('shop')).toBe('beta, again')
  await micro.ok('run', `${url}@${first}`, '--name', 'shop')
  expect(await answer('shop')).toBe('beta')
})

test('an unknown ref and an unknown repository say what was asked for, and the live release stays', { timeout: 60_000 }, async () => {
  const { url } = await open.create('plain', answering('plain'))
  await micro.ok('run', url, '--name', 'plain')
  expect(await micro.micro('run', `${url}@nope`, '--name', 'plain')).toMatchObject({ code: 1, stderr: expect.stringContaining('nope') })
  expect(await micro.micro('run', `${open.origin}/missing.git`, '--name', 'plain')).toMatchObject({ code: 1 })
  expect(await answer('plain')).toBe('plain')
})

test('a private repository asks for a credential, and the stored one is used and never shown', { timeout: 60_000 }, async () => {
  const { url } = await closed.create('secret', answering('secret'))
  const refused = await micro.micro('run', url, '--name', 'secret')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('micro credential set')
  const { host } = new URL(closed.origin)
  await micro.ok('credential', 'set', host, '--username', 'tester', '--password', 'hunter2-token')
  await micro.ok('run', url, '--name', 'secret')
  expect(await answer('secret')).toBe('secret')
  expect(await micro.ok('credential', 'list', '--json')).not.toContain('hunter2')
  expect(await micro.ok('logs', 'secret', '--build')).not.toContain('hunter2')
})

test('a deployment that failed leaves no trace in the source, command or variables of the next', { timeout: 90_000 }, async () => {
  const { url, commit } = await open.create('sticky', answering('good'))
  await micro.ok('run', url, '--name', 'sticky', '--env', 'KEPT=yes')
  expect((await micro.micro('run', `${url}@nope`, '--name', 'sticky', '--command', 'exit 9')).code).toBe(1)
  expect(JSON.parse(await micro.ok('status', 'sticky', '--json')).source).not.toContain('nope')
  await commit({ 'server.js': answering('unused')['server.js']?.replace('"unused"', 'process.env.KEPT') ?? '' })
  await micro.ok('update', 'sticky')
  expect(await answer('sticky')).toBe('yes')
})
