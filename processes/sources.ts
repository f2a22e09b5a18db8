import { materialise } from '../builder/source.ts'
import { sourceLimits } from '../control/sources/source.ts'
import type { SourceFetcher } from '../control/worker.ts'
import { fetchGit } from '../git/fetch.ts'
import type { Blobs } from '../storage/blobs.ts'

/** For a git server to give what was asked for. */
const fetchMs = 5 * 60_000

/** Uploaded files come from the namespace's blobs, git sources from their servers. */
export function createSourceFetcher(options: {
  blobs: Blobs
  allow: readonly string[]
  environment: Readonly<Record<string, string>>
}): SourceFetcher {
  const { blobs, allow, environment } = options
  return {
    async fetch({ namespaceId, content, into, credential }, { signal, onLog }) {
      if (content.kind === 'local') {
        await materialise(content.files, { blobs, namespaceId, into, signal })
        return
      }
      const { url, ref, directory } = content
      const found = await credential(new URL(url).host)
      onLog(`==> Fetching ${url}${ref ? ` at ${ref}` : ''}`)
      const { commit } = await fetchGit({
        url,
        into,
        signal,
        allow,
        environment,
        limits: { ...sourceLimits, timeoutMs: fetchMs },
        ...(ref ? { ref } : {}),
        ...(directory ? { directory } : {}),
        ...(found ? { credential: found } : {}),
      })
      onLog(`==> At commit ${commit}`)
    },
  }
}
