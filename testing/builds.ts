import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Artifact, Builder, BuildLimits, DirectoryArtifact, Settings } from '../builder/builder.ts'

export const nodeDirectory = dirname(process.execPath)

/** Who runs tenants' code in tests: nobody when they run as root. */
export const testUser = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

/** A temporary directory that the test user can pass through. */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), prefix))
  await chmod(directory, 0o755)
  return directory
}

/** Files by path; what begins with `-> ` is a link, what begins with `#!` is executable. */
export async function writeFiles(directory: string, files: Record<string, string>): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    if (content.startsWith('-> ')) await symlink(content.slice(3), join(directory, path))
    else await writeFile(join(directory, path), content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  }
}

export type BuildRequest = {
  files: Record<string, string>
  namespace?: string
  settings?: Partial<Settings>
  limits?: Partial<BuildLimits>
  signal?: AbortSignal
  onLog?: (line: string) => void
}

export const limits: BuildLimits = { timeoutMs: 60_000, outputBytes: 1_000_000, artifactBytes: 100_000_000 }

/** Builds files with a builder; the log as lines. */
export async function buildFiles<Made extends Artifact>(
  builder: Builder<Made>,
  root: string,
  request: BuildRequest,
): Promise<{ artifact: Made; log: string[] }> {
  const directory = join(root, 'sources', randomUUID())
  await writeFiles(directory, request.files)
  const log: string[] = []
  const onLog = (line: string) => {
    log.push(line)
    request.onLog?.(line)
  }
  const source = { namespace: request.namespace ?? 'ns_test', service: 'hello', directory, settings: request.settings ?? {} }
  const options = { signal: request.signal ?? new AbortController().signal, onLog, limits: { ...limits, ...request.limits } }
  return { artifact: await builder.build(source, options), log }
}

/** Starts an artifact as a runtime would; gives the first line that it prints. `stop` ends it. */
export async function startArtifact(artifact: DirectoryArtifact): Promise<{ firstLine: string; port: string; stop(): Promise<void> }> {
  const { startCommand } = artifact
  const [program = '', ...args] = typeof startCommand === 'string' ? ['/bin/sh', '-c', startCommand] : startCommand
  const child = spawn(program, args, {
    cwd: artifact.path,
    detached: true,
    env: { NODE_ENV: 'production', PATH: `${nodeDirectory}:/usr/local/bin:/usr/bin:/bin`, PORT: '0', ...artifact.settings.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...testUser,
  })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const firstLine = await new Promise<string>((resolve, reject) => {
    let output = ''
    const take = (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')))
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`It ended with ${code}: ${output}`)))
  })
  return {
    firstLine,
    port: '0',
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await exited
    },
  }
}

export async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}

export const removeDirectory = (directory: string) => rm(directory, { recursive: true, force: true })
