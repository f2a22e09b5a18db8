import { PlatformError } from '../lib/errors.ts'

/** The URL of a repository, checked again where it is used. */
export function parseRepositoryUrl(text: string): URL {
  const url = text.length <= 2000 && !/[\p{Cc}\s]/u.test(text) ? URL.parse(text) : null
  if (url === null) throw invalid('That is not the URL of a git repository.')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('A git repository is fetched by https or http.')
  if (url.username !== '' || url.password !== '') {
    throw invalid('Credentials do not belong into the URL.', `Store them with \`micro credential set ${url.hostname}\`.`)
  }
  if (url.search !== '' || url.hash !== '')
    throw invalid('The URL of a git repository has no ? and no #.', 'A branch or tag follows @: https://host/repo.git@main')
  return url
}

const invalid = (message: string, hint?: string) =>
  new PlatformError('invalid_argument', message, { reason: 'GIT_URL_INVALID', field: 'url', ...(hint === undefined ? {} : { hint }) })
