import { command } from '../command.ts'
import { usageError } from '../parse.ts'

export default command({
  summary: 'Set how many instances of a service run',
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    instances: { description: 'how many: 0 stops it and keeps it' },
  },
  examples: ['micro scale helloworld 3', 'micro scale helloworld 0'],
  async run(ctx, { name, instances }) {
    if (!/^\d{1,4}$/.test(instances)) throw usageError(`INSTANCES is a whole number, not "${instances}".`)
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ serviceJson }, { service }] = await Promise.all([
      import('../status.ts'),
      api.runtime.scale({ namespace, service: name, instances: Number(instances) }),
    ])
    if (service === undefined) return
    ctx.out.data(serviceJson(service), () => {
      ctx.out.line(
        service.instancesWanted === 0
          ? `${name} is stopped. \`micro scale ${name} 1\` starts it again.`
          : `${name}: ${service.instancesReady} of ${service.instancesWanted} instances ready. See \`micro status ${name}\`.`,
      )
    })
  },
})
