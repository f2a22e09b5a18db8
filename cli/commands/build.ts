import { command } from '../command.ts'
import { usageError } from '../parse.ts'

export default command({
  summary: "Show how a directory would become an image, on the server's machine",
  details:
    'What it is taken for, its steps, the images that it stands on, and the Dockerfile that is made of them. Nothing is run or built.',
  arguments: { directory: { description: 'the source; default: the current directory', optional: true } },
  flags: { plan: { type: 'boolean', description: 'show the plan; builds themselves are part of `micro run`' } },
  examples: ['micro build --plan', 'micro build --plan ./helloworld'],
  async run(_ctx, { directory, plan }) {
    if (!plan) throw usageError('`micro build` shows plans only: add --plan.', 'To build and run a source, type `micro run DIR`.')
    const { runInCheckout } = await import('../checkout.ts')
    process.exit(await runInCheckout('build', ['--', directory ?? '.']))
  },
})
