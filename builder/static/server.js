// Serves the files of a static site. Plain JavaScript without dependencies: it is copied into each artifact and lives on there.
// node static-server.js DIRECTORY [single-page], relative to the folder above this file; $PORT, $HOST (127.0.0.1).
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, relative, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream'

const root = await realpath(resolve(import.meta.dirname, '..', process.argv[2] ?? '.'))
/** Pages of the site are made by a script in its start page, which reads the path itself. */
const singlePage = process.argv[3] === 'single-page'

const text = (type) => `${type}; charset=utf-8`
const types = {
  '.html': text('text/html'),
  '.htm': text('text/html'),
  '.css': text('text/css'),
  '.js': text('text/javascript'),
  '.mjs': text('text/javascript'),
  '.json': text('application/json'),
  '.map': text('application/json'),
  '.webmanifest': text('application/manifest+json'),
  '.xml': text('application/xml'),
  '.txt': text('text/plain'),
  '.md': text('text/markdown'),
  '.csv': text('text/csv'),
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.otf': 'font/otf',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.pdf': 'application/pdf',
  '.zip': 'application/zip',
  '.wasm': 'application/wasm',
}

/** Files that describe the service rather than belong to the site. */
const hidden = new Set(['micro.yaml', 'Procfile', 'Dockerfile'])

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error)
    if (response.headersSent) response.destroy()
    else plain(response, 500, 'Something went wrong.')
  })
})

async function answer(request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return plain(response, 405, 'Only GET and HEAD are answered here.')
  }
  const [rawPath = '/', query] = splitOnce(request.url ?? '/', '?')
  const path = decodePath(rawPath)
  if (path === undefined) return plain(response, 400, 'That is not a path.')

  const wanted = await find(path)
  if (wanted === 'directory') {
    // Relative, so that it holds below a prefix too, and can't lead to another host.
    const name = rawPath.slice(rawPath.lastIndexOf('/') + 1)
    response.setHeader('Location', `./${name}/${query === undefined ? '' : `?${query}`}`)
    return plain(response, 301, 'Moved.')
  }
  if (wanted) return send(request, response, wanted, 200)
  const start = singlePage && extname(path) === '' ? await find('/') : undefined
  if (start && start !== 'directory') return send(request, response, start, 200)
  const notFound = await find('/404.html')
  if (notFound && notFound !== 'directory') return send(request, response, notFound, 404)
  return plain(response, 404, 'Not found.')
}

/** The decoded path; undefined when it is malformed, has a dot-file or goes up. `.well-known` is the one exception. */
function decodePath(raw) {
  let path
  try {
    path = decodeURIComponent(raw)
  } catch {
    return undefined
  }
  const parts = path.split('/')
  const allowed = parts.every((part, index) => !part.startsWith('.') || (index === 1 && part === '.well-known'))
  return path.startsWith('/') && !path.includes('\0') && !path.includes('\\') && allowed && !hidden.has(parts[1]) ? path : undefined
}

async function find(path) {
  if (path.endsWith('/')) return file(`${path}index.html`)
  const direct = await file(path)
  if (direct && direct !== 'directory') return direct
  const page = await file(`${path}.html`)
  if (page && page !== 'directory') return page
  return direct === 'directory' && (await file(`${path}/index.html`)) ? 'directory' : undefined
}

/** What is at the path, links followed, as long as that is inside the site and no dot-file. */
async function file(path) {
  try {
    const real = await realpath(join(root, path))
    const inside = relative(root, real)
    if (inside.split(sep).some((part) => part.startsWith('.') && part !== '.well-known')) return undefined
    const stats = await stat(real)
    if (stats.isDirectory()) return 'directory'
    return stats.isFile() ? { real, size: stats.size, mtimeMs: Math.floor(stats.mtimeMs) } : undefined
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EACCES'].includes(error.code)) return undefined
    throw error
  }
}

function send(request, response, { real, size, mtimeMs }, status) {
  const etag = `"${size.toString(36)}-${mtimeMs.toString(36)}"`
  const modified = new Date(mtimeMs).toUTCString()
  response.setHeader('ETag', etag)
  response.setHeader('Last-Modified', modified)
  response.setHeader('Cache-Control', 'no-cache')
  response.setHeader('X-Content-Type-Options', 'nosniff')
  if (status === 200 && isFresh(request.headers, etag, mtimeMs)) return response.writeHead(304).end()

  response.setHeader('Content-Type', types[extname(real).toLowerCase()] ?? 'application/octet-stream')
  response.setHeader('Accept-Ranges', 'bytes')
  const range = status === 200 ? rangeOf(request.headers, size, etag, modified) : undefined
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`)
    return plain(response, 416, 'That range is not in the file.')
  }
  const { start, end } = range ?? { start: 0, end: size - 1 }
  if (range) response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`)
  response.setHeader('Content-Length', end - start + 1)
  response.writeHead(range ? 206 : status)
  if (request.method === 'HEAD' || end < start) return response.end()
  // A client that goes away ends the stream with an error that is nobody's.
  pipeline(createReadStream(real, { start, end }), response, () => undefined)
}

function isFresh(headers, etag, mtimeMs) {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags === '*' || tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return !Number.isNaN(since) && Math.floor(mtimeMs / 1000) * 1000 <= since
}

/** One range of bytes; undefined when the whole file is to be sent (none asked for, several, malformed, or If-Range says so). */
function rangeOf(headers, size, etag, modified) {
  const condition = headers['if-range']
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '')
  if (!match || (condition !== undefined && condition !== etag && condition !== modified)) return undefined
  const [, first, last] = match
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last))
  if (first !== '' && last !== '' && Number(last) < start) return undefined
  return start >= size || (first === '' && Number(last) === 0) ? 'unsatisfiable' : { start, end }
}

function plain(response, status, message) {
  response.setHeader('Content-Type', text('text/plain'))
  response.writeHead(status).end(response.req.method === 'HEAD' ? undefined : `${message}\n`)
}

function splitOnce(value, separator) {
  const at = value.indexOf(separator)
  return at < 0 ? [value, undefined] : [value.slice(0, at), value.slice(at + 1)]
}

process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? '127.0.0.1', () => {
  console.log(`Static site on port ${server.address().port}`)
})
