import { PlatformError } from '../../../../lib/errors.ts'
import { command } from '../../../command.ts'
import { nearest } from '../../../suggest.ts'

export default command({
  summary: 'Choose the namespace that commands work in',
  arguments: { namespace: { description: 'the name of a namespace that you are a member of', names: 'namespace' } },
  examples: ['micro user namespace set brave-otter-42'],
  async run(ctx, { namespace }) {
    const { namespaces } = await (await ctx.api()).namespace.listNamespaces({})
    const names = namespaces.map(({ name }) => name)
    if (!names.includes(namespace)) {
      const similar = nearest(namespace, names)
      throw new PlatformError('not_found', `You are not in a namespace "${namespace}". Yours: ${names.join(', ') || 'none'}.`, {
        hint: similar ? `Did you mean \`micro user namespace set ${similar}\`?` : `Create it with \`micro namespace create ${namespace}\`.`,
      })
    }
    await ctx.config.setNamespace(await ctx.environment(), namespace)
    ctx.out.data({ namespace }, () => ctx.out.line(`Now working in ${namespace}.`))
  },
})
