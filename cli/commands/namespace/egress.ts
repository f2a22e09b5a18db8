import { PlatformError } from '../../../lib/errors.ts'
import { command } from '../../command.ts'

export default command({
  summary: 'Show or set whether services reach anything outside of the namespace',
  details:
    'With `deny` services still reach each other and the platform, and are reached from outside. It holds at once, for connections that exist too. ' +
    'It is enforced where services run in containers.',
  arguments: { setting: { description: 'allow or deny; default: show what it is', optional: true, choices: ['allow', 'deny'] } },
  examples: ['micro namespace egress', 'micro namespace egress deny', 'micro namespace egress allow --namespace acme'],
  async run(ctx, { setting }) {
    const [api, name] = await Promise.all([ctx.api(), ctx.namespace()])
    const namespace =
      setting === undefined
        ? (await api.namespace.listNamespaces({})).namespaces.find((one) => one.name === name)
        : (await api.namespace.setEgress({ name, allowed: setting === 'allow' })).namespace
    if (namespace === undefined)
      throw new PlatformError('not_found', `You are not a member of a namespace ${name}.`, {
        hint: 'Type `micro namespace list` to see yours.',
      })
    const { egress } = namespace
    ctx.out.data({ namespace: name, egress }, () =>
      ctx.out.line(egress ? `Services of ${name} reach the internet.` : `Services of ${name} reach nothing outside of it.`),
    )
  },
})
