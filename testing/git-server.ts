import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { exec } from '../lib/exec.ts'

export type GitServer = {
  /** http://127.0.0.1:PORT */
  origin: string
  /** Requests so far: method, path and query, and the Authorization header. */
  requests: { line: string; authorization: string | undefined }[]
  /** Makes a repository with one commit on main; what begins with `-> ` is a link. */
  create(name: string, files: Record<string, string>): Promise<GitRepository>
  close(): Promise<void>
}

export type GitRepository = {
  url: string
  /** Adds a commit to a branch. */
  commit(files: Record<string, string>, branch?: string): Promise<string>
  git(...args: string[]): Promise<string>
}

const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' }
const env = { PATH: '/usr/local/bin:/usr/bin:/bin', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', ...identity }

/** A real git server (git http-backend) over http on loopback; with `password`, every request needs it (user name `tester`). */
export async function startGitServer(options: { password?: string; redirectTo?: string } = {}): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), 'micro-git-server-'))
  const requests: GitServer['requests'] = []
  const expected = options.password === undefined ? undefined : `Basic ${Buffer.from(`tester:${options.password}`).toString('base64')}`

  const server = createServer((request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization })
    if (options.redirectTo) return void response.writeHead(301, { location: `${options.redirectTo}${request.url}` }).end()
    if (expected && request.headers.authorization !== expected)
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    serve(root, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`

  return {
    origin,
    requests,
    create: (name, files) => createRepository(root, origin, name, files),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function createRepository(root: string, origin: string, name: string, files: Record<string, string>): Promise<GitRepository> {
  const work = join(root, `${name}.work`)
  const bare = join(root, `${name}.git`)
  const git = async (...args: string[]) => {
    const result = await exec(['git', ...args], { cwd: work, env })
    if (result.code !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`)
    return result.stdout.trim()
  }
  await mkdir(work)
  await git('init', '--quiet', '--initial-branch=main', '.')
  await git('init', '--quiet', '--bare', '--initial-branch=main', bare)
  await git('-C', bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
  await git('remote', 'add', 'origin', bare)

  const commit: GitRepository['commit'] = async (changes, branch = 'main') => {
    if (branch !== 'main') await git('checkout', '--quiet', '-B', branch)
    for (const [path, content] of Object.entries(changes)) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      if (content.startsWith('-> ')) await symlink(content.slice(3), join(work, path))
      else await writeFile(join(work, path), content, { mode: path.endsWith('.sh') ? 0o755 : 0o644 })
    }
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '--message', 'change')
    await git('push', '--quiet', '--force', 'origin', branch)
    const id = await git('rev-parse', 'HEAD')
    if (branch !== 'main') await git('checkout', '--quiet', 'main')
    return id
  }
  if (Object.keys(files).length > 0) await commit(files)
  return { url: `${origin}/${name}.git`, commit, git }
}

/** CGI: https://git-scm.com/docs/git-http-backend */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost')
  const child = spawn('git', ['http-backend'], {
    env: {
      ...env,
      NODE_ENV: 'test',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(pathname),
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // The client may go away, or the backend end, before all was sent.
  child.stdin.on('error', () => undefined)
  request.pipe(child.stdin)
  let head = Buffer.alloc(0)
  let headSent = false
  child.stdout.on('data', (chunk: Buffer) => {
    if (headSent) return void response.write(chunk)
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    headSent = true
    let status = 200
    for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(': ', 2)
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status)
    response.write(head.subarray(end + 4))
  })
  child.on('close', () => response.end())
}
