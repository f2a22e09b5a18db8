import { command } from '../../command.ts'
import { deployFlags, kindOf, ownerArgument, ownerFlags, readOwner, reportChange, secretFlags } from '../../env-var.ts'
import { readValues } from '../../env-var-values.ts'

export default command({
  summary: 'Set environment variables and secrets of a service, or of all services',
  details: [
    'A service that runs gets them at once, by a new release without a build. KEY=@FILE takes the value from a file (KEY=@@x means the value @x);',
    'KEY alone is asked for, or read from standard input, so that no secret stands in the history of the shell. What was a secret stays one.',
  ].join('\n'),
  arguments: { name: ownerArgument, variables: { description: 'KEY=VALUE, KEY=@FILE or KEY', optional: true, rest: true } },
  flags: { ...secretFlags, ...ownerFlags, ...deployFlags },
  examples: [
    'micro env-var set helloworld LOG_LEVEL=debug REGION=eu',
    'micro env-var set helloworld --secret DATABASE_URL < url.txt',
    'micro env-var set helloworld --file TLS_KEY=@key.pem',
    'micro env-var set --namespace-wide SENTRY_DSN=https://example.com/1',
  ],
  async run(ctx, { name, variables, namespaceWide, secret, file, noDeploy, detach }) {
    const { owner, words } = readOwner({ name, rest: variables, namespaceWide })
    const values = await readValues(ctx, words, { exact: file })
    const [api, namespace, kind] = await Promise.all([ctx.api(), ctx.namespace(), kindOf({ secret, file })])
    const given = values.map((value) => ({ ...value, ...kind }))
    const change = await api.envVar.setEnvVars({ namespace, ...owner, variables: given, deploy: !noDeploy })
    await reportChange(ctx, { ...change, verb: 'Set', service: owner.service, noDeploy, detach })
  },
})
