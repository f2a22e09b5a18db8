import { command } from '../command.ts'

export default command({
  summary: 'List the services that can be called, and their endpoints',
  examples: ['micro services'],
  async run(ctx) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ plain }, { ServiceSchema }, { services }] = await Promise.all([
      import('../plain.ts'),
      import('../../gen/proto/micro/registry/v1/registry_pb.ts'),
      api.registry.listServices({ namespace }),
    ])
    ctx.out.data(
      services.map((service) => plain(ServiceSchema, service)),
      () => {
        if (services.length === 0)
          return ctx.out.line(`Nothing can be called in ${namespace} yet. Try \`micro new helloworld\`, then \`micro run ./helloworld\`.`)
        ctx.out.table(
          ['NAME', 'VERSION', 'PROTOCOL', 'NODES', 'ENDPOINTS'],
          services.map(({ name, version, protocol, nodes, endpoints }) => [
            name,
            version === 0 ? '-' : `v${version}`,
            protocol || '-',
            String(nodes.length),
            endpoints.map((endpoint) => endpoint.name).join(', ') || '-',
          ]),
        )
      },
    )
  },
})
