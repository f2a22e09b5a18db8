import { existsSync } from 'node:fs'
import { PlatformError } from '../../lib/errors.ts'
import { command } from '../command.ts'
import type { Source } from '../source.ts'

export default command({
  summary: 'Deploy a service again from where it came from',
  details: 'A directory is the one that it was last run from on this machine; a repository is fetched anew.',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: {
    detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' },
    force: { type: 'boolean', description: 'build and deploy even if nothing changed' },
  },
  examples: ['micro update helloworld'],
  async run(ctx, { name, detach, force }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ runService }, { openKnownSources }, { parseSource }, { service }] = await Promise.all([
      import('../run-service.ts'),
      import('../known-sources.ts'),
      import('../source.ts'),
      api.runtime.getService({ namespace, service: name }),
    ])
    const fromRepository = [service?.sourceLocation, service?.source].find((text) => text !== undefined && isRepository(text))
    const directory = await openKnownSources(ctx.settings.home).find(api.origin, namespace, service?.name ?? name)
    const source: Source | undefined =
      fromRepository !== undefined
        ? parseSource(fromRepository, () => false)
        : directory !== undefined && existsSync(directory)
          ? { kind: 'local', path: directory }
          : undefined
    if (source === undefined) throw elsewhere(name, service?.sourceLocation)
    await runService(ctx, api, { namespace, name: service?.name ?? name, source, options: {}, trigger: 'update', force }, { detach })
  },
})

const isRepository = (text: string): boolean => /^https?:\/\//.test(text) || /^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/./.test(text)

function elsewhere(name: string, location: string | undefined): PlatformError {
  return new PlatformError('failed_precondition', `${name} was not run from a directory of this machine that is still there.`, {
    hint: `${location ? `It came from ${location}. ` : ''}Name the source: \`micro run DIR --name ${name}\`.`,
  })
}
