import { command } from '../command.ts'

export default command({
  summary: 'Show the services that run, and why one does not',
  arguments: { name: { description: 'only this service, with its instances', optional: true, names: 'service' } },
  examples: ['micro status', 'micro status helloworld', 'micro status --json'],
  async run(ctx, { name }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ serviceTable, instanceTable, serviceJson }] = await Promise.all([import('../status.ts')])
    if (name === undefined) {
      const { services } = await api.runtime.listServices({ namespace })
      return ctx.out.data(services.map(serviceJson), () => {
        if (services.length === 0)
          ctx.out.line(`Nothing runs in ${namespace} yet. Try \`micro new helloworld\`, then \`micro run ./helloworld\`.`)
        else serviceTable(ctx.out, services)
      })
    }
    const { service } = await api.runtime.getService({ namespace, service: name })
    if (service === undefined) return
    ctx.out.data(serviceJson(service), () => {
      serviceTable(ctx.out, [service])
      instanceTable(ctx.out, service)
    })
  },
})
