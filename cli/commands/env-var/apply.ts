import { command } from '../../command.ts'
import { deployFlags, ownerArgument, ownerFlags, readOwner, reportChange } from '../../env-var.ts'
import { usageError } from '../../parse.ts'

export default command({
  summary: 'Roll out variables that were set or deleted with --no-deploy',
  arguments: { name: ownerArgument },
  flags: { ...ownerFlags, detach: deployFlags.detach },
  examples: ['micro env-var apply helloworld', 'micro env-var apply --namespace-wide'],
  async run(ctx, { name, namespaceWide, detach }) {
    const { owner, words } = readOwner({ name, rest: [], namespaceWide })
    if (words.length > 0) throw usageError('Either NAME or --namespace-wide, not both.')
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const { deployments } = await api.envVar.applyEnvVars({ namespace, ...owner })
    await reportChange(ctx, { changed: [], deployments, verb: 'Set', service: owner.service, noDeploy: false, detach })
  },
})
