import { command } from '../../command.ts'
import { ownerArgument, ownerFlags, readOwner } from '../../env-var.ts'
import { usageError } from '../../parse.ts'
import { safeText } from '../../text.ts'

export default command({
  summary: 'Print the value of a variable or a secret',
  details: 'For admins. Who looked is in the audit log.',
  arguments: { name: ownerArgument, key: { description: 'the name of the variable', optional: true } },
  flags: ownerFlags,
  examples: ['micro env-var reveal helloworld DATABASE_URL', 'micro env-var reveal --namespace-wide SENTRY_DSN'],
  async run(ctx, { name, key, namespaceWide }) {
    const { owner, words } = readOwner({ name, rest: key === undefined ? [] : [key], namespaceWide })
    const [variable, more] = words
    if (variable === undefined) throw usageError('KEY is missing.', 'Give the name of a variable.')
    if (more !== undefined) throw usageError(`"${more}" is one word too many.`, 'With --namespace-wide there is no name.')
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const { value } = await api.envVar.revealEnvVar({ namespace, ...owner, name: variable })
    ctx.out.data({ name: variable, value }, () => (ctx.out.terminal ? ctx.out.line(safeText(value)) : ctx.out.write(value)))
  },
})
