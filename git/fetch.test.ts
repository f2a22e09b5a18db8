import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { PlatformError } from '../lib/errors.ts'
import { type GitRepository, type GitServer, startGitServer } from '../testing/git-server.ts'
import { type FetchOptions, fetchGit } from './fetch.ts'

let server: GitServer
let repository: GitRepository
let first: string
let second: string
let directory: string
let into: string

beforeAll(async () => {
  server = await startGitServer()
  repository = await server.create('hello', {
    'index.js': 'one',
    'run.sh': '#!/bin/sh',
    'services/api/main.py': 'print(1)',
    'services/api/link': '-> main.py',
  })
  first = await repository.git('rev-parse', 'HEAD')
  second = await repository.commit({ 'index.js': 'two' })
  await repository.commit({ 'feature.txt': 'new' }, 'feature/x')
  await repository.git('tag', '--annotate', '--message', 'release', 'v1.0', first)
  await repository.git('push', '--quiet', 'origin', 'v1.0')
})
afterAll(() => server.close())

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'micro-fetch-'))
  into = join(directory, 'into')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const limits = { timeoutMs: 20_000, files: 100, fileBytes: 10_000_000, totalBytes: 10_000_000 }
const allow = ['127.0.0.1']
const fetch = (options: Partial<FetchOptions> = {}) =>
  fetchGit({ url: repository.url, into, signal: new AbortController().signal, limits, allow, ...options })

/** The error, after which nothing may be left behind. */
async function failure(options: Partial<FetchOptions>): Promise<PlatformError> {
  const error = await fetch(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof PlatformError)) throw new Error(`Not a PlatformError: ${String(error)}`)
  expect((await readdir(directory)).filter((name) => name !== 'into')).toEqual([])
  return error
}

test('fetches the default branch: files, modes and links, and nothing of git', async () => {
  expect(await fetch()).toEqual({ commit: second, ref: 'main', directory: into })
  expect((await readdir(into, { recursive: true })).sort()).toEqual([
    'index.js',
    'run.sh',
    'services',
    'services/api',
    'services/api/link',
    'services/api/main.py',
  ])
  expect(await readFile(join(into, 'index.js'), 'utf8')).toBe('two')
  expect((await lstat(join(into, 'run.sh'))).mode & 0o111).toBe(0o111)
  expect(await readdir(directory)).toEqual(['into'])
})

test('fetches a branch, a tag and a commit', async () => {
  expect(await fetch({ ref: 'feature/x', into: join(directory, 'branch') })).toMatchObject({ ref: 'feature/x' })
  expect(await readFile(join(directory, 'branch/feature.txt'), 'utf8')).toBe('new')
  expect(await fetch({ ref: 'v1.0', into: join(directory, 'tag') })).toMatchObject({ commit: first })
  expect(await fetch({ ref: first, into: join(directory, 'commit') })).toMatchObject({ commit: first, ref: first })
  expect(await readFile(join(directory, 'commit/index.js'), 'utf8')).toBe('one')
})

test('fetches a sub-folder alone', async () => {
  await fetch({ directory: 'services/api/' })
  expect((await readdir(into)).sort()).toEqual(['link', 'main.py'])
})

test('says which sub-folder there is not', async () => {
  expect(await failure({ directory: 'services/web' })).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('has no directory services/web at main'),
  })
  expect(await failure({ directory: 'index.js' })).toMatchObject({ code: 'not_found' })
})

test('says which ref there is not', async () => {
  expect(await failure({ ref: 'nope' })).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('has no branch, tag or commit nope.'),
  })
  expect(await failure({ ref: 'f'.repeat(40) })).toMatchObject({ code: 'not_found' })
  expect((await failure({ ref: first.slice(0, 8) })).details.hint).toContain('40 characters')
})

test.each(['--upload-pack=touch /tmp/x', '-q', 'a..b', 'main:refs/heads/other', '+main', 'a b', '@{-1}', ''])(
  'refuses the ref %j',
  async (ref) => {
    expect(await failure({ ref })).toMatchObject({ code: 'invalid_argument', details: { field: 'ref' } })
  },
)

test.each(['../up', '/absolute', 'a//b', '.'])('refuses the sub-folder %j', async (folder) => {
  expect(await failure({ directory: folder })).toMatchObject({ code: 'invalid_argument', details: { field: 'directory' } })
})

test.each([
  'ssh://git@example.com/x.git',
  'file:///etc',
  'ext::sh -c id',
  'git://example.com/x',
  'git@example.com:x.git',
  '--upload-pack=x',
  'https://user:secret@example.com/x.git',
  'https://example.com/x.git?a=b',
  'https://example.com/x\n.git',
])('refuses the URL %j', async (url) => {
  expect(await failure({ url })).toMatchObject({ code: 'invalid_argument', details: { field: 'url' } })
})

test('does not connect to a private address that is not allowed', async () => {
  const before = server.requests.length
  expect(await failure({ allow: [] })).toMatchObject({ code: 'invalid_argument', details: { reason: 'ADDRESS_NOT_PUBLIC' } })
  expect(await failure({ allow: [], url: repository.url.replace('127.0.0.1', 'localhost') })).toMatchObject({ code: 'invalid_argument' })
  expect(server.requests.length).toBe(before)
})

test('connects to the addresses that were checked', async () => {
  const url = repository.url.replace('127.0.0.1', 'localhost')
  await fetch({ url, allow: ['localhost'] })
  expect(await readFile(join(into, 'index.js'), 'utf8')).toBe('two')
})

test('says that a host cannot be found or reached', async () => {
  expect(await failure({ url: 'https://no-such-host.invalid/x.git' })).toMatchObject({
    code: 'unavailable',
    message: 'The host no-such-host.invalid cannot be found.',
  })
  const closed = await unusedPort()
  expect(await failure({ url: `http://127.0.0.1:${closed}/x.git` })).toMatchObject({
    code: 'unavailable',
    message: `127.0.0.1:${closed} cannot be reached.`,
  })
})

test('says that there is no repository, or an empty one', async () => {
  expect(await failure({ url: `${server.origin}/missing.git` })).toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('There is no git repository at 127.0.0.1'),
  })
  const empty = await server.create('empty', {})
  expect(await failure({ url: empty.url })).toMatchObject({
    code: 'failed_precondition',
    message: expect.stringContaining('is empty: it has no commit'),
  })
})

test('does not follow redirects', async () => {
  const redirecting = await startGitServer({ redirectTo: server.origin })
  const before = server.requests.length
  const error = await failure({ url: `${redirecting.origin}/hello` })
  expect(error).toMatchObject({
    code: 'failed_precondition',
    details: { reason: 'GIT_REDIRECT', hint: expect.stringContaining('/hello.git') },
  })
  expect(server.requests.length).toBe(before)
  await redirecting.close()
})

test('gives up in time, and at once when canceled', async () => {
  const silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/x.git`
  expect(await failure({ url, limits: { ...limits, timeoutMs: 500 } })).toMatchObject({
    code: 'deadline_exceeded',
    message: expect.stringContaining('took longer than 0.5 s'),
  })
  const abort = new AbortController()
  silent.once('connection', () => abort.abort())
  expect(await failure({ url, signal: abort.signal })).toMatchObject({ code: 'canceled' })
  await new Promise((resolve) => silent.close(resolve))
})

test('a private repository: asks for a credential, takes it, and shows it to nobody', async () => {
  const secret = 'hunter2-\u00fc'
  const locked = await startGitServer({ password: secret })
  const { url } = await locked.create('private', { 'a.txt': 'mine' })
  const asked = await failure({ url })
  expect(asked).toMatchObject({
    code: 'failed_precondition',
    details: { reason: 'GIT_CREDENTIAL_NEEDED', hint: expect.stringContaining('micro credential set 127.0.0.1') },
  })

  const refused = await failure({ url, credential: { username: 'tester', secret: 'wrong-secret' } })
  expect(refused).toMatchObject({ code: 'failed_precondition', details: { reason: 'GIT_CREDENTIAL_REFUSED' } })
  expect(`${refused.message} ${JSON.stringify(refused.details)} ${String(refused.cause)}`).not.toContain('wrong-secret')

  await fetch({ url, credential: { username: 'tester', secret } })
  expect(await readFile(join(into, 'a.txt'), 'utf8')).toBe('mine')
  await locked.close()
})

test('refuses links that lead out of the source', async () => {
  const { url } = await server.create('links', { 'a/b': '-> ../../outside', fine: '-> a' })
  expect(await failure({ url })).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('The link a/b points out of the source'),
  })
})

test('refuses too many and too large files before it writes any', async () => {
  expect(await failure({ limits: { ...limits, files: 3 } })).toMatchObject({
    code: 'resource_exhausted',
    message: 'The source has 4 files; at most 3 are allowed.',
  })
  expect(await failure({ limits: { ...limits, fileBytes: 4 } })).toMatchObject({
    code: 'resource_exhausted',
    message: expect.stringMatching(/has \d+ bytes; a file may have at most 4/),
  })
  expect(await readdir(directory)).toEqual([])
})

test('a repository that is larger than allowed is stopped while it arrives', async () => {
  const noise = Array.from({ length: 4000 }, (_, index) => `${index} ${Math.sin(index)} ${Math.cos(index)}\n`).join('')
  const { url } = await server.create('large', { 'noise.txt': noise })
  expect(await failure({ url, limits: { ...limits, totalBytes: 10_000 } })).toMatchObject({
    code: 'resource_exhausted',
    message: expect.stringContaining('too large'),
  })
})

test('runs no hooks, filters or submodules of the repository', async () => {
  const marker = join(directory, 'executed')
  const { url, git } = await server.create('tricks', {
    '.gitattributes': '* filter=evil\n',
    '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = ${server.origin}/hello.git\n`,
    'hooks/post-checkout': `#!/bin/sh\ntouch ${marker}`,
  })
  await git('update-index', '--add', '--cacheinfo', `160000,${first},x`)
  await git('commit', '--quiet', '--message', 'submodule')
  await git('push', '--quiet', 'origin', 'main')
  await fetch({ url })
  expect((await readdir(into)).sort()).toEqual(['.gitattributes', '.gitmodules', 'hooks', 'x'])
  expect(await readdir(join(into, 'x'))).toEqual([])
  expect(await readdir(directory)).toEqual(['into'])
})

async function unusedPort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return address !== null && typeof address === 'object' ? address.port : 0
}
