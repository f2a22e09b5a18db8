import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readlink, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PlatformError } from '../lib/errors.ts'
import { type ExecResult, exec } from '../lib/exec.ts'
import { linkStaysInside } from '../lib/links.ts'
import { GitRef, SourcePath } from '../lib/names.ts'
import { isReadableOnTheWay, resolvePublicAddress } from './address.ts'
import {
  type Credential,
  checkoutArguments,
  commitArguments,
  defaultBranchArguments,
  fetchArguments,
  gitEnvironment,
  initArguments,
  listArguments,
  proxyOf,
  readTreeArguments,
} from './command.ts'
import { gitFailure } from './failure.ts'
import { checkListing, type ListingLimits, parseListing } from './listing.ts'
import { parseRepositoryUrl } from './url.ts'

export type GitLimits = ListingLimits & { timeoutMs: number }

export type FetchOptions = {
  url: string
  /** Branch, tag or whole commit; absent: the default branch. */
  ref?: string | undefined
  /** Sub-folder; absent: the root. */
  directory?: string | undefined
  /** An empty directory, or one that does not exist yet, for the files. */
  into: string
  credential?: Credential | undefined
  signal: AbortSignal
  limits: GitLimits
  /** See `resolvePublicAddress`. */
  allow: readonly string[]
  /** Proxies and certificates of the operator: see `operatorEnvironment` of the builder. */
  environment?: Readonly<Record<string, string>>
  /** Where git and prlimit are found. */
  path?: string
}

export type Fetched = { commit: string; ref: string; directory: string }

const defaultPath = '/usr/local/bin:/usr/bin:/bin'
const prlimit = '/usr/bin/prlimit'

/**
 * Fetches one commit of a repository over http(s), without its history, and writes its files: no hooks, no submodules, no filters.
 * @throws PlatformError with what was wrong in words; a credential is in none of them
 */
export async function fetchGit(options: FetchOptions): Promise<Fetched> {
  const { into, signal, limits, credential } = options
  const url = parseRepositoryUrl(options.url)
  const ref = options.ref === undefined ? undefined : requireRef(options.ref)
  const folder = options.directory === undefined ? undefined : requireFolder(options.directory)
  const environment = options.environment ?? {}
  const addresses = await reachableAddresses(url, environment, options)
  if (credential && isReadableOnTheWay(url, addresses))
    throw new PlatformError(
      'failed_precondition',
      `The credential for ${url.host} is not sent over http, where everybody on the way could read it.`,
      {
        reason: 'GIT_CREDENTIAL_WITHOUT_TLS',
        hint: `Use https://${url.host}${url.pathname}`,
      },
    )

  await mkdir(dirname(into), { recursive: true })
  const repository = await mkdtemp(`${into}.git-`)
  const path = options.path ?? defaultPath
  const env = gitEnvironment({ url, addresses, environment, home: repository, path, ...(credential ? { credential } : {}) })
  const deadline = Date.now() + limits.timeoutMs
  const git = async (argv: readonly string[], more: Record<string, string> = {}) => {
    const result = await exec(withLimit(argv, limits), {
      cwd: repository,
      env: { ...env, GIT_DIR: join(repository, '.git'), ...more },
      signal,
      timeoutMs: Math.max(1, deadline - Date.now()),
      outputBytes: 64 * 2 ** 20,
    }).catch((error: unknown) => {
      throw stopped(error, url, limits)
    })
    return result
  }
  const remote = async (argv: readonly string[]) => {
    const result = await git(argv)
    if (!succeeded(result)) throw gitFailure(result.stderr, { url, ref, hasCredential: credential !== undefined })
    return result.stdout
  }

  try {
    await git(initArguments(repository))
    const wanted = ref ?? defaultBranch(await remote(defaultBranchArguments(url)), url)
    await remote(fetchArguments(url, wanted))
    const commit = await git(commitArguments())
    if (!succeeded(commit))
      throw new PlatformError('invalid_argument', `${wanted} of ${url.host}${url.pathname} names no commit.`, { reason: 'GIT_REF_UNKNOWN' })
    const tree = folder === undefined ? commit.stdout.trim() : `${commit.stdout.trim()}:${folder}`

    const listing = await git(listArguments(tree))
    if (!succeeded(listing)) throw noFolder(url, wanted, folder)
    const entries = parseListing(listing.stdout)
    checkListing(entries, limits)
    await mkdir(into, { recursive: true })
    const written = await write(git, tree, into)
    if (!succeeded(written)) throw unwritable(url, written)
    for (const entry of entries) if (entry.kind === 'link') await checkLink(into, entry.path)
    return { commit: commit.stdout.trim(), ref: wanted, directory: into }
  } finally {
    await rm(repository, { recursive: true, force: true })
  }
}

/** Behind a proxy that alone knows names, there is nothing to check here; then git goes through that proxy for certain. */
async function reachableAddresses(url: URL, environment: Readonly<Record<string, string>>, options: FetchOptions) {
  try {
    return await resolvePublicAddress(url.hostname, options)
  } catch (error) {
    const unknown = error instanceof PlatformError && error.details.reason === 'HOST_UNKNOWN'
    if (unknown && proxyOf(url, environment) !== undefined) return []
    throw error
  }
}

type Git = (argv: readonly string[], more?: Record<string, string>) => Promise<ExecResult>

async function write(git: Git, tree: string, into: string): Promise<ExecResult> {
  const read = await git(readTreeArguments(tree))
  return succeeded(read) ? git(checkoutArguments(), { GIT_WORK_TREE: into }) : read
}

const succeeded = (result: ExecResult) => result.code === 0

/** What is received is bounded while it arrives: git itself has no such limit. It is compressed, and may hold more than the sub-folder. */
const withLimit = (argv: readonly string[], limits: GitLimits) =>
  existsSync(prlimit) ? [prlimit, '--core=0', `--fsize=${limits.totalBytes * 2}`, '--', ...argv] : argv

function requireRef(ref: string): string {
  const parsed = GitRef.safeParse(ref)
  if (parsed.success && !ref.startsWith('+')) return parsed.data
  throw new PlatformError('invalid_argument', `${JSON.stringify(ref.slice(0, 100))} is not a git branch, tag or commit.`, {
    reason: 'GIT_REF_INVALID',
    field: 'ref',
  })
}

function requireFolder(folder: string): string {
  const parsed = SourcePath.safeParse(folder.replace(/\/+$/, ''))
  if (parsed.success) return parsed.data
  throw new PlatformError('invalid_argument', 'A sub-folder is a relative path with no empty, . or .. parts.', {
    reason: 'GIT_DIRECTORY_INVALID',
    field: 'directory',
  })
}

/** `ref: refs/heads/main\tHEAD`; a repository that has no commit yet says nothing. */
function defaultBranch(output: string, url: URL): string {
  const [, branch] = /^ref: refs\/heads\/(.+)\tHEAD$/m.exec(output) ?? []
  if (branch !== undefined) return requireRef(branch)
  if (/\tHEAD$/m.test(output)) return 'HEAD'
  throw new PlatformError('failed_precondition', `${url.host}${url.pathname} is empty: it has no commit.`, { reason: 'GIT_EMPTY' })
}

function noFolder(url: URL, ref: string, folder: string | undefined): PlatformError {
  return new PlatformError('not_found', `${url.host}${url.pathname} has no directory ${folder ?? '.'} at ${ref}.`, {
    reason: 'GIT_DIRECTORY_UNKNOWN',
    hint: 'Check the spelling; the path begins at the root of the repository.',
  })
}

function unwritable(url: URL, { stderr }: ExecResult): PlatformError {
  const [, path] = /invalid path '([^']*)'/.exec(stderr) ?? []
  const why = path === undefined ? '' : ` ${JSON.stringify(path)} is no path of a source.`
  return new PlatformError('invalid_argument', `The files of ${url.host}${url.pathname} cannot be written.${why}`, {
    reason: 'SOURCE_INVALID',
    cause: new Error(stderr),
  })
}

async function checkLink(into: string, path: string): Promise<void> {
  const target = await readlink(join(into, path))
  if (linkStaysInside(path, target)) return
  throw new PlatformError(
    'invalid_argument',
    `The link ${path} points out of the source, to ${target}; a source holds all that it needs.`,
    { reason: 'SOURCE_INVALID' },
  )
}

function stopped(error: unknown, url: URL, limits: GitLimits): unknown {
  if (!(error instanceof PlatformError)) return error
  if (error.code === 'canceled') return new PlatformError('canceled', 'The fetch was canceled.', { cause: error })
  if (error.code === 'resource_exhausted')
    return new PlatformError('resource_exhausted', `${url.host}${url.pathname} has too many files.`, {
      reason: 'SOURCE_TOO_LARGE',
      cause: error,
    })
  if (error.code !== 'deadline_exceeded') return error
  const message = `Fetching ${url.host}${url.pathname} took longer than ${limits.timeoutMs / 1000} s.`
  return new PlatformError('deadline_exceeded', message, {
    reason: 'GIT_TIMEOUT',
    hint: 'Try again later; is the repository very large?',
    cause: error,
  })
}
