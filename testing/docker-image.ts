import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import Docker from 'dockerode'

/** What tests execute inside of containers, beside node. */
const programs = ['sh', 'cat', 'sleep', 'id', 'ls', 'touch', 'grep', 'dd', 'head', 'true']

/**
 * A small image, without a command, with this very Node.js and a few programs of this machine, made without a registry in seconds and kept by the engine for the next run.
 * @returns its name
 */
export async function ensureTestImage(socket: string): Promise<string> {
  const docker = new Docker({ socketPath: socket, host: undefined })
  const repo = 'micro-test'
  const tag = createHash('sha256').update(`2 ${process.version} ${process.arch} ${programs}`).digest('hex').slice(0, 12)
  const name = `${repo}:${tag}`
  const exists = await docker
    .getImage(name)
    .inspect()
    .catch((error) => (error.statusCode === 404 ? undefined : Promise.reject(error)))
  if (!exists) await importFiles(docker, { repo, tag })
  return name
}

async function importFiles(docker: Docker, options: { repo: string; tag: string }): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'micro-test-image-'))
  try {
    await copyProgram(process.execPath, join(root, 'usr/local/bin/node'), root)
    for (const program of programs) await copyProgram(join('/bin', program), join(root, 'bin', program), root)
    await mkdir(join(root, 'etc'))
    await mkdir(join(root, 'tmp'), { mode: 0o1777 })
    const tar = spawn('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', root, '-cf', '-', '.'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const progress = await docker.importImage(tar.stdout, options)
    for await (const _ of progress) {
      // It is done when it has said all.
    }
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function copyProgram(program: string, to: string, root: string): Promise<void> {
  await copy(program, to)
  const { stdout } = await promisify(execFile)('ldd', [await realpath(program)])
  for (const [, library] of stdout.matchAll(/(\/[^\s:()]+)(?: \(0x|$)/g)) if (library) await copy(library, join(root, library))
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await copyFile(await realpath(from), to)
}
