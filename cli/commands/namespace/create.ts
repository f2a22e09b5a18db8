import { command } from '../../command.ts'

export default command({
  summary: 'Create a namespace and work in it',
  arguments: { name: { description: 'its name; default: one is made up', optional: true } },
  examples: ['micro namespace create', 'micro namespace create acme'],
  async run(ctx, { name }) {
    const { namespace } = await (await ctx.api()).namespace.createNamespace({ name: name ?? '' })
    const created = namespace?.name ?? ''
    await ctx.config.setNamespace(await ctx.environment(), created)
    ctx.out.data({ name: created, url: namespace?.url }, () => {
      ctx.out.line(`Created ${created} (${namespace?.url}). Now working in it.`)
    })
  },
})
