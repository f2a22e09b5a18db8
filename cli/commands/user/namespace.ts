import { command } from '../../command.ts'

export default command({
  summary: 'Print the current namespace, or choose another',
  examples: ['NAMESPACE=$(micro user namespace)', 'micro user namespace set brave-otter-42'],
  async run(ctx) {
    const namespace = await ctx.namespace()
    ctx.out.data({ namespace }, () => ctx.out.line(namespace))
  },
})
