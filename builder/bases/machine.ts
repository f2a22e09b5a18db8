import { access, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import { exec } from '../../lib/exec.ts'
import { findProgram } from '../programs.ts'

/** What of this machine goes into base images that are made on it. */
export type Machine = {
  path: string
  /** Of its Debian or Ubuntu: bookworm. */
  codename: string
  /** Its files of apt that name this distribution, as they are: they may name a mirror. */
  aptSources: readonly string[]
  /** Certificates that it trusts beside those of the distribution, as PEM, by file name. */
  authorities: Readonly<Record<string, string>>
  node: string
  /** Directory of the package npm. */
  npm: string
  /** GOROOT, when its Go can fetch newer ones (1.21). */
  go: string | undefined
  /** Directory with `bin/cargo` and `bin/rustc`. */
  rust: string | undefined
}

const authoritiesDirectory = '/usr/local/share/ca-certificates'

export async function describeMachine(path: string, node = process.execPath): Promise<Machine> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '') // not Linux
  const codename = /^VERSION_CODENAME="?(\w+)"?$/m.exec(release)?.[1]
  if (codename === undefined || !/^(ID|ID_LIKE)="?.*(debian|ubuntu)/m.test(release)) {
    throw new PlatformError('failed_precondition', 'Base images can be made on Debian and Ubuntu only; this machine is neither.', {
      hint: 'Let the engine pull the public images, or name others with MICRO_BASE_IMAGES.',
    })
  }
  const [aptSources, authorities, npm, go, rust] = await Promise.all([
    sourcesOf(codename),
    ownAuthorities(),
    npmOf([path, dirname(node)].join(delimiter)),
    goOf(path),
    rustOf(path),
  ])
  return { path, codename, aptSources, authorities, node, npm, go, rust }
}

async function sourcesOf(codename: string): Promise<string[]> {
  const names = await readdir('/etc/apt/sources.list.d').catch((): string[] => []) // a machine without apt
  const paths = ['/etc/apt/sources.list', ...names.sort().map((name) => join('/etc/apt/sources.list.d', name))]
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8').catch(() => ''))) // there need not be one
  return paths.filter((path, index) => /\.(list|sources)$/.test(path) && namesSuite(texts[index] ?? '', codename))
}

const namesSuite = (text: string, codename: string) =>
  text.split('\n').some((line) => /^(deb\b|Suites:)/.test(line) && new RegExp(`\\s${codename}(-[a-z-]+)?(\\s|$)`).test(line))

async function ownAuthorities(): Promise<Record<string, string>> {
  const names = (await readdir(authoritiesDirectory).catch((): string[] => [])).filter((name) => name.endsWith('.crt')).sort()
  const texts = await Promise.all(names.map((name) => readFile(join(authoritiesDirectory, name), 'utf8')))
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']))
}

async function npmOf(path: string): Promise<string> {
  const program = findProgram('npm', path, undefined)
  const directory = program && dirname(dirname(await realpath(program)))
  if (directory === undefined || !(await exists(join(directory, 'bin/npm-cli.js')))) {
    throw new PlatformError('failed_precondition', 'There is no npm on this machine, which the base image for Node.js gets a copy of.', {
      hint: 'On Debian: apt-get install npm',
    })
  }
  return directory
}

async function goOf(path: string): Promise<string | undefined> {
  const [root, version] = (await output(path, ['go', 'env', 'GOROOT', 'GOVERSION'])).split('\n')
  return root && /^go1\.(2[1-9]|[3-9]\d)/.test(version ?? '') ? realpath(root) : undefined
}

async function rustOf(path: string): Promise<string | undefined> {
  const root = (await output(path, ['rustc', '--print', 'sysroot'])).trim()
  return root !== '' && (await exists(join(root, 'bin/cargo'))) ? realpath(root) : undefined
}

/** Empty when there is no such program, or it does not answer. */
async function output(path: string, [name = '', ...args]: readonly string[]): Promise<string> {
  const program = findProgram(name, path, undefined)
  if (program === undefined) return ''
  const env = { PATH: path, HOME: homedir(), GOTOOLCHAIN: 'local' }
  const { code, stdout } = await exec([program, ...args], { env, timeoutMs: 10_000 })
  return code === 0 ? stdout : ''
}

/** Tells one version of a program from the next. */
export async function identityOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path)
  return `${path} ${size} ${Math.floor(mtimeMs)}`
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false, // not there
  )
