import { command } from '../../command.ts'
import { askConsent } from '../../prompt.ts'

export default command({
  summary: 'Delete a namespace with all its services',
  arguments: { name: { description: 'the name of the namespace', names: 'namespace' } },
  flags: { yes: { type: 'boolean', short: 'y', description: 'do not ask' } },
  examples: ['micro namespace delete acme'],
  async run(ctx, { name, yes }) {
    await askConsent(ctx, yes, `This stops and deletes every service of ${name}, with all releases and logs.`)
    await (await ctx.api()).namespace.deleteNamespace({ name })
    const environment = await ctx.environment()
    if ((await ctx.config.namespace(environment)) === name) await ctx.config.setNamespace(environment, undefined)
    ctx.out.data({ deleted: name }, () => ctx.out.line(`Deleted ${name}.`))
  },
})
