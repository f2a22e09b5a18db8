import { command } from '../../command.ts'

export default command({
  summary: 'Print what may come next on a command line; the completion scripts call it',
  arguments: { words: { description: 'the words so far after --, the last of them unfinished', rest: true } },
  examples: ['micro completion words -- env s'],
  async run(ctx, { words }) {
    const { candidates } = await import('../../completion.ts')
    for (const candidate of await candidates(ctx, words)) ctx.out.line(candidate)
  },
})
