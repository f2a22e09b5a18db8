import { command } from '../../command.ts'

export default command({
  summary: 'List the namespaces that you are a member of',
  examples: ['micro namespace list'],
  async run(ctx) {
    const api = await ctx.api()
    const [{ plain }, { NamespaceSchema }, { namespaces }] = await Promise.all([
      import('../../plain.ts'),
      import('../../../gen/proto/micro/namespace/v1/namespace_pb.ts'),
      api.namespace.listNamespaces({}),
    ])
    const current = await ctx.config.namespace(await ctx.environment())
    ctx.out.data(
      namespaces.map((namespace) => ({ ...plain(NamespaceSchema, namespace), current: namespace.name === current })),
      () =>
        ctx.out.table(
          ['', 'NAME', 'ROLE', 'PLAN', 'URL'],
          namespaces.map(({ name, role, plan, url }) => [name === current ? '*' : '', name, role, plan, url]),
        ),
    )
  },
})
