import { command } from '../../command.ts'
import { deployFlags, ownerArgument, ownerFlags, readOwner, reportChange } from '../../env-var.ts'
import { usageError } from '../../parse.ts'

export default command({
  summary: 'Delete environment variables and secrets of a service, or of the namespace',
  details: "What lies below one holds again: the namespace's variable of that name, then what micro.yaml says.",
  arguments: { name: ownerArgument, keys: { description: 'names of variables', optional: true, rest: true } },
  flags: { ...ownerFlags, ...deployFlags },
  examples: ['micro env-var unset helloworld LOG_LEVEL', 'micro env-var unset --namespace-wide SENTRY_DSN'],
  async run(ctx, { name, keys, namespaceWide, noDeploy, detach }) {
    const { owner, words } = readOwner({ name, rest: keys, namespaceWide })
    if (words.length === 0) throw usageError('Nothing to delete.', 'Give the names of variables.')
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const change = await api.envVar.unsetEnvVars({ namespace, ...owner, names: words, deploy: !noDeploy })
    await reportChange(ctx, { ...change, verb: 'Deleted', service: owner.service, noDeploy, detach })
  },
})
