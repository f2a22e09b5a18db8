import { command } from '../../command.ts'
import { originOf } from '../../environments.ts'

export default command({
  summary: 'Print the name of the current environment',
  examples: ['micro env get'],
  async run(ctx) {
    const environment = await ctx.environment()
    ctx.out.data({ ...environment, url: originOf(environment) }, () => ctx.out.line(environment.name))
  },
})
