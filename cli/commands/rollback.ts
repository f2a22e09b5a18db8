import { command } from '../command.ts'
import { usageError } from '../parse.ts'

export default command({
  summary: 'Make an earlier release live again, without a build',
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    version: { description: 'the release, such as v3; default: the one that was live before', optional: true, names: 'release' },
  },
  flags: { detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' } },
  examples: ['micro rollback helloworld', 'micro rollback helloworld v3'],
  async run(ctx, { name, version, detach }) {
    const number = version === undefined ? 0 : readVersion(version)
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ conclude }, { createProgress }] = await Promise.all([import('../deployment.ts'), import('../progress.ts')])
    const { deployment } = await api.runtime.rollback({ namespace, service: name, version: number })
    if (deployment === undefined) return
    await conclude(ctx, api, { deployment, service: undefined, detach, progress: await createProgress(ctx.out) })
  },
})

function readVersion(text: string): number {
  const [, digits] = /^v?([1-9]\d{0,8})$/.exec(text) ?? []
  if (digits === undefined) throw usageError(`"${text}" is not a release.`, 'Write v3; `micro releases NAME` lists them.')
  return Number(digits)
}
