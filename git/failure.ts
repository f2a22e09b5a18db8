import { PlatformError } from '../lib/errors.ts'

type Asked = { url: URL; ref: string | undefined; hasCredential: boolean }

/** What git's messages mean to whoever asked for a source. They are matched, never shown: they are not ours to vouch for. */
export function gitFailure(stderr: string, { url, ref, hasCredential }: Asked): PlatformError {
  const repository = `${url.host}${url.pathname}`
  const cause = new Error(stderr.trim().slice(-2000))
  const fail = (code: PlatformError['code'], message: string, reason: string, hint?: string) =>
    new PlatformError(code, message, { reason, cause, ...(hint === undefined ? {} : { hint }) })
  const says = (pattern: RegExp) => pattern.test(stderr)

  if (says(/couldn't find remote ref|not our ref|unadvertised object|Server does not allow request for/i)) {
    const commit = ref !== undefined && /^[0-9a-f]{4,39}$/.test(ref)
    const hint = commit ? 'A commit is named by all of its 40 characters.' : 'Check the spelling; without @ the default branch is taken.'
    return fail('not_found', `${repository} has no branch, tag or commit ${ref}.`, 'GIT_REF_UNKNOWN', hint)
  }
  if (says(/terminal prompts disabled|could not read (Username|Password)|Authentication failed|returned error: (401|403)/i)) {
    const set = `\`micro credential set ${url.host}\``
    if (hasCredential) {
      return fail(
        'failed_precondition',
        `${url.host} refused the stored credential for ${repository}.`,
        'GIT_CREDENTIAL_REFUSED',
        `Store a new one with ${set}.`,
      )
    }
    const message = `${repository} asks for a password: it is private, or it does not exist.`
    return fail('failed_precondition', message, 'GIT_CREDENTIAL_NEEDED', `Store a credential for it with ${set}.`)
  }
  const redirect = /(?:returned error: |HTTP )30[12378]|unable to update url base from redirection/i
  if (says(redirect)) {
    const hint = url.pathname.endsWith('.git')
      ? 'Give the address that it is found at now.'
      : `Give its final address; often that ends in .git: ${url.href}.git`
    return fail('failed_precondition', `${repository} redirects to another address, which is not followed.`, 'GIT_REDIRECT', hint)
  }
  if (
    says(
      /repository '.*' not found|returned error: 404|not valid: is this a git repository|does not appear to be a git repository|invalid server response/i,
    )
  ) {
    return fail(
      'not_found',
      `There is no git repository at ${repository}.`,
      'GIT_REPOSITORY_UNKNOWN',
      'Check the URL; a sub-folder follows // after it.',
    )
  }
  if (
    says(
      /Could not resolve host|Failed to connect|Connection refused|Couldn't connect|Connection timed out|No route to host|Connection reset|Empty reply/i,
    )
  ) {
    return fail('unavailable', `${url.host} cannot be reached.`, 'GIT_HOST_UNREACHABLE', 'Check the URL, or try again later.')
  }
  if (says(/SSL|certificate|TLS/)) return fail('unavailable', `The certificate of ${url.host} cannot be trusted.`, 'GIT_CERTIFICATE')
  if (says(/Operation too slow|timed out/i))
    return fail('deadline_exceeded', `${url.host} answers too slowly.`, 'GIT_SLOW', 'Try again later.')
  // What git says when the kernel ended its index-pack at the limit of a file's size.
  if (says(/invalid index-pack output|index-pack died|File too large/i)) {
    const hint = 'Is everything in it needed? Large files belong into a store of their own.'
    return fail('resource_exhausted', `${repository} is too large, or its transfer broke off.`, 'SOURCE_TOO_LARGE', hint)
  }
  return fail('unavailable', `${repository} could not be fetched.`, 'GIT_FETCH_FAILED', 'Check that `git clone` of the same URL works.')
}
