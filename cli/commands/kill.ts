import { command } from '../command.ts'

export default command({
  summary: 'Stop a service and delete it with its releases and logs',
  details: 'To stop it and keep it, scale it to 0.',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  examples: ['micro kill helloworld', 'micro scale helloworld 0'],
  async run(ctx, { name }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    await api.runtime.deleteService({ namespace, service: name })
    ctx.out.data({ deleted: name }, () => ctx.out.line(`Stopped and deleted ${name}.`))
  },
})
