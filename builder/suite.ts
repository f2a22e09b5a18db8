import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PlatformError } from '../lib/errors.ts'
import { type BuildRequest, buildFiles, removeDirectory, temporaryDirectory } from '../testing/builds.ts'
import { waitFor } from '../testing/wait-for.ts'
import type { Artifact, Builder } from './builder.ts'

const listening =
  "import { createServer } from 'node:http'\nconst s = createServer((q, r) => r.end('hi')).listen(process.env.PORT, '127.0.0.1', () => console.log(s.address().port))\n"
const service = (scripts: Record<string, string> = {}, more: Record<string, string> = {}) => ({
  'package.json': JSON.stringify({ type: 'module', scripts: { start: 'node server.js', ...scripts } }),
  'server.js': listening,
  ...more,
})

export type Driver<Made extends Artifact> = {
  /** A builder that keeps everything below the directory. */
  create(directory: string): Builder<Made>
  /** Starts what was built as its runtime does, and waits for the first line that it prints. */
  start(artifact: Made): Promise<Started>
  /** Text of a file of what was built. */
  read(artifact: Made, path: string): Promise<string>
  prepare?(): Promise<void>
  /** Removes what builds of these namespaces have left elsewhere than below the directory. */
  clean?(namespaces: readonly string[]): Promise<void>
  /** A test may take that long. */
  timeoutMs?: number
  /** Until a build's command has begun. */
  beginsWithinMs?: number
}

export type Started = {
  firstLine: string
  /** What it was given as PORT. */
  port: string
  stop(): Promise<void>
}

/** What every builder must do, on real sources. */
export function builderSuite<Made extends Artifact>(name: string, driver: Driver<Made>): void {
  describe(`builder: ${name}`, { timeout: driver.timeoutMs ?? 30_000 }, () => {
    let root: string
    let builder: Builder<Made>
    beforeAll(async () => {
      await driver.prepare?.()
      root = await temporaryDirectory('micro-builder-')
      builder = driver.create(root)
    }, 400_000)
    afterAll(async () => {
      await driver.clean?.(['ns_test', 'ns_one', 'ns_two'])
      await removeDirectory(root)
    })

    const build = (request: BuildRequest) => buildFiles(builder, root, request)
    const answers = async (artifact: Made, path: string, body: string) => {
      const running = await driver.start(artifact)
      const port = /\d+$/.exec(running.firstLine)?.[0]
      expect(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).toBe(body)
      await running.stop()
    }
    /** Its first line is the port that it was given. */
    const printsPort = async (artifact: Made) => {
      const running = await driver.start(artifact)
      expect(running.firstLine).toBe(`port ${running.port}`)
      await running.stop()
    }
    const failure = async (request: BuildRequest): Promise<PlatformError> => {
      const [outcome] = await Promise.allSettled([build(request)])
      if (outcome?.status !== 'rejected') throw new Error('It was built.')
      expect(outcome.reason).toMatchObject({ name: 'PlatformError' })
      return outcome.reason
    }

    describe('kinds', () => {
      test('Node.js', async () => {
        const { artifact, log } = await build({ files: service() })
        expect(artifact).toMatchObject({ detected: 'Node.js (package.json)', startCommand: ['node', 'server.js'] })
        expect(artifact.settings.env).toMatchObject({ NODE_ENV: 'production' })
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
        await printsPort(artifact)
      })

      test('static site', async () => {
        const { artifact } = await build({ files: { 'index.html': '<h1>site</h1>', 'micro.yaml': 'name: site' } })
        await answers(artifact, '/', '<h1>site</h1>')
      })

      test('Procfile', async () => {
        const { artifact } = await build({ files: { Procfile: 'web: echo "port $PORT"; exec sleep 60' } })
        expect(artifact).toMatchObject({ detected: 'Procfile', startCommand: 'echo "port $PORT"; exec sleep 60' })
        await printsPort(artifact)
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
        expect(await driver.read(artifact, 'out.txt')).toBe('built\n')
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
        expect(placeOf(second.artifact)).not.toBe(placeOf(first.artifact))
        expect(second.log).toEqual(['==> Node.js (package.json) detected'])
      })
    })

    describe('commands', () => {
      test('print line by line, colours kept, control characters not', async () => {
        const script =
          'process.stdout.write("one\\n\\u001b[32mgreen\\u001b[0m\\n\\u001b[2Jbell\\u0007\\n10%\\r100%\\n"); console.error("two")'
        const { log } = await build({ files: service({ build: 'node print.cjs' }, { 'print.cjs': script, ...neverBuilt() }) })
        for (const line of ['one', '\u001b[32mgreen\u001b[0m', 'bell\\x07', '100%', 'two']) expect(log).toContain(line)
        expect(log.at(-1)).toMatch(/^==> npm run build: \d/)
      })

      test('see nothing of the platform’s environment', async () => {
        process.env.MICRO_TEST_SECRET = 'do not tell'
        const { log } = await build({ files: service({}, { 'micro.yaml': 'build: env', ...neverBuilt() }) })
        delete process.env.MICRO_TEST_SECRET
        expect(log.join('\n')).not.toContain('do not tell')
        expect(log).toContain('CI=1')
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
        const { files, sleeping } = hanging()
        const outcome = failure({ files, limits: { timeoutMs: driver.beginsWithinMs ?? 1000 } })
        await waitFor('it hangs', async () => (await sleeping()).length > 0)
        expect(await outcome).toMatchObject({
          code: 'deadline_exceeded',
          message: expect.stringMatching(/^The build was stopped: it took longer than \d+\.0 s\.$/),
        })
        expect(await sleeping()).toEqual([])
      })

      test('end when the build is canceled', async () => {
        const { files, sleeping } = hanging()
        const abort = new AbortController()
        const outcome = failure({ files, signal: abort.signal })
        await waitFor('it hangs', async () => (await sleeping()).length > 0)
        abort.abort()
        expect(await outcome).toMatchObject({ code: 'canceled' })
        expect(await sleeping()).toEqual([])
        expect(await failure({ files: service(), signal: AbortSignal.abort() })).toMatchObject({ code: 'canceled' })
      })

      test('that print without end are stopped', async () => {
        const error = await failure({ files: service({}, { 'micro.yaml': 'build: "yes"' }), limits: { outputBytes: 50_000 } })
        expect(error).toMatchObject({ code: 'resource_exhausted', message: 'The build was stopped: it printed more than 50000 bytes.' })
      })

      test('leave no daemon behind', async () => {
        const { seconds, sleeping } = sleeper()
        const daemon = `const c = require('node:child_process').spawn('sleep', ['${seconds}'], { detached: true, stdio: 'ignore' }); c.unref(); console.log('pid ' + c.pid)`
        const { log } = await build({ files: service({}, { 'daemon.cjs': daemon, 'micro.yaml': 'build: node daemon.cjs' }) })
        expect(log).toContainEqual(expect.stringMatching(/^pid \d+$/))
        expect(await sleeping()).toEqual([])
      })

      test('that fill the disk are stopped', async () => {
        const script =
          "const fs = require('node:fs'); for (let n = 0; ; n++) { fs.writeFileSync('f' + n, Buffer.alloc(10_000)); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1) }"
        const files = service({}, { 'micro.yaml': 'build: node fill.cjs', 'fill.cjs': script })
        expect(await failure({ files, limits: { artifactBytes: 1_000_000 } })).toMatchObject({
          code: 'resource_exhausted',
          details: { reason: 'BUILD_DISK' },
        })
      })

      test('may not make an artifact that is too large', async () => {
        const script =
          "require('node:fs').writeFileSync('large.bin', Buffer.alloc(60000)); require('node:fs').writeFileSync('large2.bin', Buffer.alloc(60000))"
        const files = service({}, { 'micro.yaml': 'build: node fill.cjs', 'fill.cjs': script })
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
      expect(await readdir(join(root, 'sources'))).toEqual([])
      expect(await driver.read(artifact, 'self.txt')).toBe('contained')
    })
  })
}

/** Makes a source another one than every one before: what a build of an earlier run printed is not printed again. */
const neverBuilt = () => ({ 'never-built.txt': String(Math.random()) })

const placeOf = (artifact: Artifact) => (artifact.kind === 'directory' ? artifact.path : artifact.mount)

/** A number of seconds that no other process sleeps for, and who sleeps for it: wherever a build runs, its processes are the machine's. */
function sleeper() {
  const seconds = `60.${Math.floor(Math.random() * 1e9)}`
  return { seconds, sleeping: () => processesWith(`sleep\0${seconds}`) }
}

/** A source whose build does not end by itself, and does not care about SIGTERM. */
function hanging() {
  const { seconds, sleeping } = sleeper()
  const yaml = `build: "trap '' TERM; sleep ${seconds} & wait; sleep ${seconds}"`
  return { files: service({}, { 'micro.yaml': yaml }), sleeping }
}

async function processesWith(words: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))) // ended meanwhile
  return lines.filter((line) => line.includes(words))
}
