import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlatformError } from '../lib/errors.ts'
import { type BuildRequest, buildFiles, isRunning, removeDirectory, startArtifact, temporaryDirectory } from '../testing/builds.ts'
import type { Builder, DirectoryArtifact } from './builder.ts'

const listening =
  "import { createServer } from 'node:http'\nconst s = createServer((q, r) => r.end('hi')).listen(process.env.PORT, '127.0.0.1', () => console.log(s.address().port))\n"
const service = (scripts: Record<string, string> = {}, more: Record<string, string> = {}) => ({
  'package.json': JSON.stringify({ type: 'module', scripts: { start: 'node server.js', ...scripts } }),
  'server.js': listening,
  ...more,
})

/** What every builder must do, on real sources. */
export function builderSuite(name: string, create: (directory: string) => Builder<DirectoryArtifact>): void {
  describe(`builder: ${name}`, () => {
    let root: string
    let builder: Builder<DirectoryArtifact>
    beforeAll(async () => {
      root = await temporaryDirectory('micro-builder-')
      builder = create(root)
    })
    afterAll(() => removeDirectory(root))

    const build = (request: BuildRequest) => buildFiles(builder, root, request)
    const failure = async (request: BuildRequest): Promise<PlatformError> => {
      const [outcome] = await Promise.allSettled([build(request)])
      if (outcome?.status !== 'rejected') throw new Error('It was built.')
      expect(outcome.reason).toMatchObject({ name: 'PlatformError' })
      return outcome.reason
    }

    describe('kinds', () => {
      test('Node.js', async () => {
        const { artifact, log } = await build({ files: service() })
        expect(artifact).toMatchObject({ kind: 'directory', detected: 'Node.js (package.json)', startCommand: ['node', 'server.js'] })
        expect(artifact.settings.env).toEqual({ NODE_ENV: 'production' })
        expect(log).toEqual(['==> Node.js (package.json) detected'])
        await answers(artifact, '/', 'hi')
      })

      test('TypeScript without a build', async () => {
        const { artifact } = await build({
          files: { 'package.json': '{"type":"module"}', 'src/index.ts': `const n: number = 1\nexport type T = typeof n\n${listening}` },
        })
        await answers(artifact, '/', 'hi')
      })

      test('Python', async () => {
        const { artifact } = await build({ files: { 'main.py': 'import os, time\nprint("port " + os.environ["PORT"])\ntime.sleep(60)\n' } })
        const running = await startArtifact(artifact)
        expect(running.firstLine).toBe('port 0')
        await running.stop()
      })

      test('static site', async () => {
        const { artifact } = await build({ files: { 'index.html': '<h1>site</h1>', 'micro.yaml': 'name: site' } })
        await answers(artifact, '/', '<h1>site</h1>')
      })

      test('Procfile', async () => {
        const { artifact } = await build({ files: { Procfile: 'web: echo "port $PORT"; exec sleep 60' } })
        expect(artifact).toMatchObject({ detected: 'Procfile', startCommand: 'echo "port $PORT"; exec sleep 60' })
        const running = await startArtifact(artifact)
        expect(running.firstLine).toBe('port 0')
        await running.stop()
      })
    })

    describe('settings', () => {
      test('micro.yaml over detection, the caller over both', async () => {
        const yaml =
          'build: echo built > out.txt\nstart: [node, other.js]\nhealth: /up\nprotocol: grpc\nenv: { A: yaml, B: yaml }\ninstances: 2\n'
        const { artifact } = await build({
          files: service({}, { 'micro.yaml': yaml }),
          settings: { healthPath: '/ready', env: { B: 'caller' } },
        })
        expect(artifact.startCommand).toEqual(['node', 'other.js'])
        expect(artifact.settings).toMatchObject({
          protocol: 'grpc',
          healthPath: '/ready',
          instances: 2,
          env: { NODE_ENV: 'production', A: 'yaml', B: 'caller' },
        })
        expect(await readFile(join(artifact.path, 'out.txt'), 'utf8')).toBe('built\n')
      })

      test('a wrong micro.yaml stops the build with the line', async () => {
        expect(await failure({ files: service({}, { 'micro.yaml': 'name: x\nprot: http' }) })).toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining("micro.yaml, line 2: prot isn't a key"),
        })
      })
    })

    describe('digest', () => {
      test('the same input has the same digest and is not built again', async () => {
        const files = service({ build: 'node -e "fs.writeFileSync(\'out.txt\', String(Math.random()))"' })
        const first = await build({ files })
        const again = await build({ files })
        expect(again.artifact).toEqual(first.artifact)
        expect(first.artifact.digest).toMatch(/^[0-9a-f]{64}$/)
        expect(again.log).toEqual(['==> Node.js (package.json): the same source was built before'])
      })

      test.each<[string, BuildRequest]>([
        ['content', { files: service({}, { 'a.txt': 'other' }) }],
        ['path', { files: service({}, { 'b.txt': 'a' }) }],
        ['mode', { files: service({}, { 'a.txt': '#!a' }) }],
        ['settings', { files: service({}, { 'a.txt': 'a' }), settings: { healthPath: '/x' } }],
      ])('another %s, another digest', async (_, request) => {
        const base = await build({ files: service({}, { 'a.txt': 'a' }) })
        expect((await build(request)).artifact.digest).not.toBe(base.artifact.digest)
      })

      test('two builds of the same input at once give one artifact', async () => {
        const files = service({ build: 'node -e "1"' }, { 'once.txt': 'x' })
        const [first, second] = await Promise.all([build({ files }), build({ files })])
        expect(second.artifact).toEqual(first.artifact)
      })

      test('namespaces share nothing', async () => {
        const first = await build({ files: service(), namespace: 'ns_one' })
        const second = await build({ files: service(), namespace: 'ns_two' })
        expect(second.artifact.path).not.toBe(first.artifact.path)
        expect(second.log).toEqual(['==> Node.js (package.json) detected'])
      })
    })

    describe('commands', () => {
      test('print line by line, colours kept, control characters not', async () => {
        const script =
          'process.stdout.write("one\\n\\u001b[32mgreen\\u001b[0m\\n\\u001b[2Jbell\\u0007\\n10%\\r100%\\n"); console.error("two")'
        const { log } = await build({ files: service({ build: 'node print.cjs' }, { 'print.cjs': script }) })
        for (const line of ['one', '\u001b[32mgreen\u001b[0m', 'bell\\x07', '100%', 'two']) expect(log).toContain(line)
        expect(log.at(-1)).toMatch(/^==> npm run build: \d/)
      })

      test('see nothing of the platform’s environment', async () => {
        process.env.MICRO_TEST_SECRET = 'do not tell'
        const { log } = await build({ files: { ...service(), 'micro.yaml': 'build: env; id -u' } })
        delete process.env.MICRO_TEST_SECRET
        expect(log.join('\n')).not.toContain('do not tell')
        expect(log).toContain('CI=1')
        if (process.getuid?.() === 0) expect(log).not.toContain('0')
      })

      test('that fail say how, and the log has their output', async () => {
        const log: string[] = []
        const error = await failure({
          files: service({ build: 'node -e "console.log(\'cannot compile x\'); process.exit(3)"' }),
          onLog: (line) => log.push(line),
        })
        expect(error).toMatchObject({ code: 'failed_precondition', details: { reason: 'BUILD_FAILED' } })
        expect(error.message).toContain('npm run build (exit code 3)')
        expect(log).toContain('cannot compile x')
      })

      test('that hang are ended at the time limit, with all that they started', async () => {
        const pids: number[] = []
        const error = await failure({ files: service({}, { 'micro.yaml': hanging }), limits: { timeoutMs: 1000 }, onLog: collect(pids) })
        expect(error).toMatchObject({ code: 'deadline_exceeded', message: 'The build was stopped: it took longer than 1.0 s.' })
        expect(pids).toHaveLength(2)
        for (const pid of pids) expect(await isRunning(pid)).toBe(false)
      })

      test('end when the build is canceled', async () => {
        const pids: number[] = []
        const abort = new AbortController()
        const onLog = (line: string) => {
          collect(pids)(line)
          if (pids.length > 0) abort.abort()
        }
        expect(await failure({ files: service({}, { 'micro.yaml': hanging }), signal: abort.signal, onLog })).toMatchObject({
          code: 'canceled',
        })
        for (const pid of pids) expect(await isRunning(pid)).toBe(false)
        expect(await failure({ files: service(), signal: AbortSignal.abort() })).toMatchObject({ code: 'canceled' })
      })

      test('that print without end are stopped', async () => {
        const error = await failure({ files: service({}, { 'micro.yaml': 'build: "yes"' }), limits: { outputBytes: 50_000 } })
        expect(error).toMatchObject({ code: 'resource_exhausted', message: 'The build was stopped: it printed more than 50000 bytes.' })
      })

      test('leave no daemon behind', async () => {
        const pids: number[] = []
        const daemon =
          "const c = require('node:child_process').spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }); c.unref(); console.log('pid ' + c.pid)"
        await build({ files: service({}, { 'daemon.cjs': daemon, 'micro.yaml': 'build: node daemon.cjs' }), onLog: collect(pids) })
        expect(pids).toHaveLength(1)
        for (const pid of pids) expect(await isRunning(pid)).toBe(false)
      })

      test('that are not on the machine are named', async () => {
        const error = await failure({ files: { ...service(), 'package.json': '{"dependencies":{"a":"1"}}', 'pnpm-lock.yaml': '' } })
        expect(error).toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('needs pnpm') })
      })

      test('that fill the disk are stopped', async () => {
        const script =
          "const fs = require('node:fs'); for (let n = 0; ; n++) { fs.writeFileSync('f' + n, Buffer.alloc(10_000)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1) }"
        const files = service({ build: 'node fill.cjs' }, { 'fill.cjs': script })
        expect(await failure({ files, limits: { artifactBytes: 1_000_000 } })).toMatchObject({
          code: 'resource_exhausted',
          details: { reason: 'BUILD_DISK' },
        })
      })

      test('may not make an artifact that is too large', async () => {
        const script =
          "require('node:fs').writeFileSync('large.bin', Buffer.alloc(60000)); require('node:fs').writeFileSync('large2.bin', Buffer.alloc(60000))"
        const files = service({ build: 'node fill.cjs' }, { 'fill.cjs': script })
        expect(await failure({ files, limits: { artifactBytes: 100_000 } })).toMatchObject({
          code: 'resource_exhausted',
          details: { reason: 'ARTIFACT_TOO_LARGE' },
        })
      })
    })

    describe('sources that cannot be built', () => {
      test.each<[string, Record<string, string>, string, string]>([
        ['empty', {}, 'failed_precondition', 'The source is empty'],
        ['nothing recognised', { 'main.rs': '' }, 'failed_precondition', 'Found: main.rs.'],
        ['a link out of the tree', service({}, { evil: '-> /etc/passwd' }), 'invalid_argument', 'The link evil points out of the source'],
        [
          'a start command that is not there',
          service({}, { 'micro.yaml': 'start: [./gone]' }),
          'failed_precondition',
          'The start command names ./gone',
        ],
      ])('%s', async (_, files, code, message) => {
        expect(await failure({ files })).toMatchObject({ code, message: expect.stringContaining(message) })
      })
    })

    test('protos become descriptors, and a service in them means gRPC', async () => {
      const proto =
        'syntax = "proto3";\npackage hello;\n// Greets.\nservice Hello { rpc Call(Request) returns (Request); }\nmessage Request { string name = 1; }\n'
      const { artifact } = await build({ files: service({}, { 'proto/hello.proto': proto }) })
      expect(artifact.settings.protocol).toBe('grpc')
      expect(Buffer.from(artifact.descriptors ?? []).toString('latin1')).toContain('Greets.')
      const http = await build({ files: service({}, { 'proto/hello.proto': proto, 'micro.yaml': 'protocol: http' }) })
      expect(http.artifact.settings.protocol).toBe('http')
    })

    test('an artifact needs nothing of where its source was', async () => {
      const { artifact } = await build({ files: service({}, { 'self.txt': 'contained' }) })
      expect(existsSync(join(root, 'sources', artifact.digest))).toBe(false)
      expect(await readFile(join(artifact.path, 'self.txt'), 'utf8')).toBe('contained')
    })
  })
}

const hanging = 'build: "trap \'\' TERM; sleep 60 & echo pid $! ; echo pid $$ ; wait; sleep 60"'

const collect = (pids: number[]) => (line: string) => {
  const [, pid] = /^pid (\d+)$/.exec(line) ?? []
  if (pid !== undefined) pids.push(Number(pid))
}

async function answers(artifact: Parameters<typeof startArtifact>[0], path: string, body: string): Promise<void> {
  const running = await startArtifact(artifact)
  const port = /\d+$/.exec(running.firstLine)?.[0]
  expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toBe(body)
  await running.stop()
}
