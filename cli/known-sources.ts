import { join } from 'node:path'
import { readState, writeState } from './state-file.ts'

/**
 * Which directory of this machine each service was deployed from. `micro update` uploads only a directory found here: the server
 * knows it too, but must not be able to name any directory of the user's for upload.
 */
export function openKnownSources(home: string) {
  const path = join(home, 'sources.json')
  const keyOf = (origin: string, namespace: string, service: string) => `${origin} ${namespace}/${service}`
  return {
    async find(origin: string, namespace: string, service: string): Promise<string | undefined> {
      const known = (await readState(path))?.[keyOf(origin, namespace, service)]
      return typeof known === 'string' ? known : undefined
    },
    async remember(origin: string, namespace: string, service: string, directory: string): Promise<void> {
      const all = { ...(await readState(path)) }
      const key = keyOf(origin, namespace, service)
      if (all[key] === directory) return
      await writeState(path, { ...all, [key]: directory })
    },
  }
}
