import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { exec } from '../lib/exec.ts'

export type NpmRegistry = { url: string; requests: string[]; close(): Promise<void> }

/** A registry on loopback with version 1.0.0 of each package given: files by path. */
export async function startNpmRegistry(packages: Record<string, Record<string, string>>): Promise<NpmRegistry> {
  const tarballs = new Map<string, Buffer>()
  for (const [name, files] of Object.entries(packages)) tarballs.set(name, await pack(files))
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    const [, name = '', tarball] = (request.url ?? '').split('/')
    const content = tarballs.get(name)
    if (!content) return void response.writeHead(404).end('{}')
    if (tarball) return void response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(content)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument(url, name, packages[name] ?? {}, content)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  return {
    url,
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function packument(url: string, name: string, files: Record<string, string>, tarball: Buffer) {
  const manifest: unknown = JSON.parse(files['package.json'] ?? '{}')
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  const version = { ...(manifest as object), name, version: '1.0.0', dist: { tarball: `${url}/${name}/${name}-1.0.0.tgz`, integrity } }
  return { name, 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': version } }
}

async function pack(files: Record<string, string>): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'micro-npm-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, 'package', path)), { recursive: true })
      await writeFile(join(directory, 'package', path), text)
    }
    const result = await exec(['tar', '-czf', 'package.tgz', 'package'], { cwd: directory, env: { PATH: '/usr/bin:/bin' } })
    if (result.code !== 0) throw new Error(result.stderr)
    return await readFile(join(directory, 'package.tgz'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
