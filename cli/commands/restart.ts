import { command } from '../command.ts'

export default command({
  summary: 'Replace every instance of a service by a new one, losing no request',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: { detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' } },
  examples: ['micro restart helloworld'],
  async run(ctx, { name, detach }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ conclude }, { createProgress }] = await Promise.all([import('../deployment.ts'), import('../progress.ts')])
    const { deployment } = await api.runtime.restart({ namespace, service: name })
    if (deployment === undefined) return
    await conclude(ctx, api, { deployment, service: undefined, detach, progress: await createProgress(ctx.out) })
  },
})
