import { posix } from 'node:path'
import { usageError } from './parse.ts'

/** Where a service's code is to come from, as typed. Paths are as given; a git reference says nothing about the repository's existence. */
export type Source =
  | { kind: 'local'; path: string }
  | {
      kind: 'git'
      url: string /** '' is the root. */
      directory: string /** '' is the default branch. */
      ref: string /** As a person would write it. */
      label: string
    }

type Git = Extract<Source, { kind: 'git' }>

/**
 * The rules of `micro run SOURCE`. A path (`.`, `./x`, `/x`, `~/x`, or one that exists) is local; `github.com/o/r[/dir][@ref]`,
 * `gitlab.com/group/sub/project[//dir][@ref]`, `bitbucket.org/o/r[/dir][@ref]` and `https://….git[//dir][@ref]` are git.
 * A bare name that is no path is an error that says what to write.
 */
export function parseSource(text: string, exists: (path: string) => boolean): Source {
  if (text === '') throw usageError('The source is empty.', examples)
  if (isPath(text)) return { kind: 'local', path: text }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseUrl(text)
  if (/^[\w.-]+@[\w.-]+:/.test(text)) {
    throw usageError(`"${text}" is an SSH address; repositories are fetched over https.`, `Write ${sshAsHttps(text)}.`)
  }
  if (exists(text)) return { kind: 'local', path: text }
  const [host = ''] = text.split('/', 1)
  if (isHostName(host) && text.includes('/')) return parseHosted(host.toLowerCase(), text.slice(host.length + 1), text)
  throw notASource(text)
}

const isPath = (text: string) => /^(\.{1,2}(\/|$)|\/|~(\/|$))/.test(text)
const isHostName = (host: string) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:\d{1,5})?$/i.test(host)

const examples = 'Write a directory such as ./helloworld, or a repository such as github.com/owner/repo/dir@ref.'

function notASource(text: string) {
  if (text.includes('/') || text.startsWith('.')) return usageError(`There is no directory ${text}.`, examples)
  return usageError(
    `"${text}" is neither a directory here nor a repository, and no base for bare names is configured.`,
    `Write ./${text} for a directory, or github.com/owner/${text} for a repository.`,
  )
}

/** How many path segments of a well-known host name the repository; on GitLab groups nest, so there only `//` ends it. */
const repositorySegments: Record<string, number | 'all'> = { 'github.com': 2, 'bitbucket.org': 2, 'gitlab.com': 'all' }

function parseHosted(host: string, rest: string, text: string): Git {
  const segments = repositorySegments[host]
  if (segments === undefined && !/\.git(\/|@|$)/.test(rest)) {
    throw usageError(
      `"${text}" names no repository: ${host} is not one of ${Object.keys(repositorySegments).join(', ')}.`,
      `For another git host write https://${host}/owner/repo.git, with //dir for a sub-folder and @ref for a branch, tag or commit.`,
    )
  }
  if (segments === undefined) return parseUrl(`https://${text}`)
  const { path, ref } = splitRef(rest, text)
  const [repositoryPath = '', explicit] = splitOnce(path, '//')
  const parts = repositoryPath.split('/').filter((part) => part !== '')
  const cut = parts.findIndex((part) => part.endsWith('.git')) + 1
  const length = cut > 0 ? cut : typeof segments === 'number' ? segments : parts.length
  if (parts.length < 2) {
    throw usageError(`"${text}" names no repository.`, `Write ${host}/owner/repo${segments === 'all' ? '//dir' : '/dir'}@ref.`)
  }
  const repository = parts
    .slice(0, length)
    .join('/')
    .replace(/\.git$/, '')
  const directory = joinDirectory([...parts.slice(length), explicit ?? ''], text)
  return git(`https://${host}/${repository}.git`, `${host}/${repository}`, segments === 'all' ? '//' : '/', directory, ref)
}

function parseUrl(text: string): Git {
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase()
  if (scheme !== 'https' && scheme !== 'http') throw usageError(`Repositories are fetched over https, not ${scheme}.`, examples)
  const start = scheme.length + 3
  const slash = text.indexOf('/', start)
  const authority = text.slice(start, slash === -1 ? undefined : slash)
  if (authority.includes('@')) {
    throw usageError('The URL has a user name or password in it.', 'Take it out, and set it with `micro credential set HOST`.')
  }
  if (/[?#]/.test(text)) throw usageError(`"${text}" is not the URL of a repository.`, examples)
  const rest = slash === -1 ? '' : text.slice(slash + 1)
  const host = authority.toLowerCase()
  if (scheme === 'https' && repositorySegments[host] !== undefined) return parseHosted(host, webPath(rest), text)
  const { path, ref } = splitRef(rest, text)
  const [repository = '', explicit] = splitOnce(path, '//')
  if (authority === '' || repository === '') throw usageError(`"${text}" is not the URL of a repository.`, examples)
  const end = /\.git(?=\/|$)/.exec(repository)
  const whole = end === null ? repository.replace(/\/$/, '') : repository.slice(0, end.index + 4)
  const below = end === null ? '' : repository.slice(end.index + 5)
  const directory = joinDirectory([below, explicit ?? ''], text)
  const url = `${scheme}://${host}/${whole}`
  return git(url, url, '//', directory, ref)
}

/** The address bar's form of a folder at a branch, `o/r/tree/main/dir`, as `o/r/dir@main`. */
function webPath(rest: string): string {
  const [, repository, ref, directory = ''] = /^([^/]+\/[^/]+)\/tree\/([^/]+)(\/.*)?$/.exec(rest) ?? []
  return repository === undefined ? rest : `${repository}${directory}@${ref}`
}

function git(url: string, base: string, separator: string, directory: string, ref: string): Git {
  const label = `${base}${directory === '' ? '' : separator + directory}${ref === '' ? '' : `@${ref}`}`
  return { kind: 'git', url, directory, ref, label }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: git allows none in a ref, see git-check-ref-format(1)
const malformedRef = /^[-/.]|\.\.|\/\/|@\{|\/\.|\.lock(\/|$)|[\s~^:?*[\\\x00-\x1f\x7f]|[/.]$/

/** What follows the first `@` is the ref: it may have slashes and further `@`s, a repository's path has no `@`. `latest` is the default branch. */
function splitRef(text: string, whole: string): { path: string; ref: string } {
  const [path = '', ref] = splitOnce(text, '@')
  if (ref === undefined) return { path, ref: '' }
  if (ref === '') throw usageError(`"${whole}" ends in @ without a branch, tag or commit.`)
  const usable = ref.length <= 250 && !malformedRef.test(ref)
  if (!usable) throw usageError(`"${ref}" is not a git branch, tag or commit.`)
  return { path, ref: ref === 'latest' ? '' : ref }
}

function joinDirectory(parts: readonly string[], text: string): string {
  const given = parts.join('/')
  if (given.split('/').includes('..')) throw usageError(`"${text}" leaves the repository with "..".`)
  return posix.normalize(`/${given}`).replace(/^\/|\/$/g, '')
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

function sshAsHttps(text: string): string {
  const [, host, path] = /@([\w.-]+):(.*)$/.exec(text) ?? []
  return `https://${host}/${path}`
}
