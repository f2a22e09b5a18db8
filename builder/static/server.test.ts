import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildFiles, removeDirectory, startArtifact, temporaryDirectory } from '../../testing/builds.ts'
import { testBuilder } from '../../testing/directory-builder.ts'

let root: string
let port: number
let stop: () => Promise<void>
beforeAll(async () => {
  root = await temporaryDirectory('micro-static-')
  const files = {
    'index.html': '<h1>home</h1>',
    '404.html': '<h1>lost</h1>',
    'about.html': 'about',
    'docs/index.html': 'docs',
    'empty/note.txt': 'no page',
    'data.bin': '0123456789',
    'app.js': 'export {}',
    'with space.txt': 'spaced',
    'zero.txt': '',
    '.env': 'SECRET=1',
    '.git/config': 'secret',
    '.well-known/security.txt': 'contact',
    'hidden-link': '-> .env',
    'fine-link.txt': '-> data.bin',
    'micro.yaml': 'name: site',
  }
  const { artifact } = await buildFiles(testBuilder(root), root, { files })
  const running = await startArtifact(artifact)
  stop = running.stop
  port = Number(/\d+$/.exec(running.firstLine)?.[0])
})
afterAll(async () => {
  await stop()
  await removeDirectory(root)
})

type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: string }

/** The path goes out as it is: fetch would tidy it up. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ port, path, headers, method }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    call.on('error', reject).end()
  })
}

test.each([
  ['/', 'text/html; charset=utf-8', '<h1>home</h1>'],
  ['/index.html?x=1', 'text/html; charset=utf-8', '<h1>home</h1>'],
  ['/about', 'text/html; charset=utf-8', 'about'],
  ['/docs/', 'text/html; charset=utf-8', 'docs'],
  ['/app.js', 'text/javascript; charset=utf-8', 'export {}'],
  ['/with%20space.txt', 'text/plain; charset=utf-8', 'spaced'],
  ['/data.bin', 'application/octet-stream', '0123456789'],
  ['/fine-link.txt', 'application/octet-stream', '0123456789'],
  ['/zero.txt', 'text/plain; charset=utf-8', ''],
  ['/.well-known/security.txt', 'text/plain; charset=utf-8', 'contact'],
])('serves %s', async (path, type, body) => {
  const answer = await get(path)
  expect(answer).toMatchObject({
    status: 200,
    body,
    headers: { 'content-type': type, 'content-length': String(body.length), 'x-content-type-options': 'nosniff' },
  })
})

test.each([
  '/.env',
  '/.git/config',
  '/.micro/static-server.js',
  '/.micro/artifact.json',
  '/docs/../.env',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc/passwd',
  '//etc/passwd',
  '/%00',
  '/%ff',
  '/a\\..\\b',
])('does not serve %s', async (path) => {
  const { status, body } = await get(path)
  expect([400, 404]).toContain(status)
  expect(body).not.toMatch(/SECRET|secret|root:|createServer/)
})

test.each(['/nothing', '/empty/', '/empty', '/hidden-link', '/micro.yaml', '/docs/nothing.html'])(
  'answers 404 with the site’s own page for %s',
  async (path) => {
    const answer = await get(path)
    expect([400, 404]).toContain(answer.status)
    if (answer.status === 404) expect(answer.body).toBe('<h1>lost</h1>')
  },
)

test('a directory without its slash redirects, relative to where it is', async () => {
  expect(await get('/docs?x=1')).toMatchObject({ status: 301, headers: { location: './docs/?x=1' } })
})

test('answers 304 to what the client has', async () => {
  const { headers } = await get('/data.bin')
  const etag = String(headers.etag)
  expect(await get('/data.bin', { 'if-none-match': etag })).toMatchObject({ status: 304, body: '', headers: { etag } })
  expect(await get('/data.bin', { 'if-none-match': `"x", W/${etag}` })).toMatchObject({ status: 304 })
  expect(await get('/data.bin', { 'if-none-match': '"x"' })).toMatchObject({ status: 200 })
  expect(await get('/data.bin', { 'if-modified-since': String(headers['last-modified']) })).toMatchObject({ status: 304 })
})

test.each([
  ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
  ['bytes=7-', 206, '789', 'bytes 7-9/10'],
  ['bytes=-3', 206, '789', 'bytes 7-9/10'],
  ['bytes=0-99', 206, '0123456789', 'bytes 0-9/10'],
  ['bytes=4-2', 200, '0123456789', undefined],
  ['bytes=0-1,3-4', 200, '0123456789', undefined],
  ['lines=1-2', 200, '0123456789', undefined],
])('range %s', async (range, status, body, contentRange) => {
  expect(await get('/data.bin', { range })).toMatchObject({
    status,
    body,
    headers: contentRange === undefined ? {} : { 'content-range': contentRange },
  })
})

test('a range beyond the end, and one for another version', async () => {
  expect(await get('/data.bin', { range: 'bytes=10-' })).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } })
  expect(await get('/data.bin', { range: 'bytes=0-1', 'if-range': '"old"' })).toMatchObject({ status: 200 })
})

test('HEAD has the headers alone; other methods are refused', async () => {
  expect(await get('/data.bin', {}, 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '10' } })
  expect(await get('/nothing', {}, 'HEAD')).toMatchObject({ status: 404, body: '' })
  expect(await get('/', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
})

test('a site of one page answers with it at every path that is no file', async () => {
  const files = {
    'index.html': '',
    'site/index.html': 'the page',
    'micro.yaml': 'start: [node, .micro/static-server.js, site, single-page]',
  }
  const { artifact } = await buildFiles(testBuilder(root), root, { files })
  const running = await startArtifact(artifact)
  const at = async (path: string) => (await fetch(`http://127.0.0.1:${/\d+$/.exec(running.firstLine)?.[0]}${path}`)).text()
  expect([await at('/'), await at('/users/7'), await at('/gone.js')]).toEqual(['the page', 'the page', 'Not found.\n'])
  await running.stop()
})
