export type GitSource = { url: string; ref: string | null; directory: string | null; suggestedName: string }

/**
 * Reads a git source as `micro run` does: `github.com/owner/repo/folder@ref`, `https://host/path.git//folder@ref`.
 * What the form's own fields say wins over what stands in the address.
 */
export function parseSource(text: string, ref: string, directory: string): GitSource {
  const [, scheme = 'https://', rest = ''] = /^(https?:\/\/)?(.*)$/s.exec(text.trim()) ?? []
  const { address, at } = splitRef(rest)
  const { repository, folder } = splitFolder(address)
  const chosen = trimSlashes(directory) || folder
  return {
    url: repository && `${scheme}${repository}`,
    ref: ref || at || null,
    directory: chosen || null,
    suggestedName: nameFrom(chosen || repository),
  }
}

/** The ref follows the last `@` of the path; an `@` before the first slash belongs to the host. */
function splitRef(rest: string): { address: string; at: string } {
  const slash = rest.indexOf('/')
  const mark = rest.lastIndexOf('@')
  return slash > 0 && mark > slash ? { address: rest.slice(0, mark), at: rest.slice(mark + 1) } : { address: rest, at: '' }
}

/** A folder follows `//`, or `.git/`, or on hosts with owner/repo addresses the second name. */
function splitFolder(address: string): { repository: string; folder: string } {
  const marked = /^(.*?[^/])\/\/(.*)$/.exec(address) ?? /^(.*?\.git)\/(.*)$/.exec(address)
  const known = marked ?? /^((?:github\.com|bitbucket\.org)\/[^/]+\/[^/]+)\/(.*)$/.exec(address)
  const [, repository = address, folder = ''] = known ?? []
  return { repository: trimSlashes(repository), folder: trimSlashes(folder) }
}

/** The last name of a path, as a service may be called. */
function nameFrom(path: string): string {
  const last = path.includes('/') || !path.includes('.') ? (path.split('/').at(-1) ?? '') : ''
  const name = last
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
  return name.slice(0, 30).replace(/-+$/, '')
}

const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '')
