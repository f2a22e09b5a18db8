import { command } from '../../command.ts'

export default command({
  summary: 'List the namespaces that you are a member of',
  examples: ['micro namespace list'],
  async run(ctx) {
    const api = await ctx.api()
    const [{ plain }, { currentNamespace }, { NamespaceSchema }, { namespaces }] = await Promise.all([
      import('../../plain.ts'),
      import('../../current-namespace.ts'),
      import('../../../gen/proto/micro/namespace/v1/namespace_pb.ts'),
      api.namespace.listNamespaces({}),
    ])
    const names = namespaces.map(({ name }) => name)
    const current = await currentNamespace(ctx, names)
    ctx.out.data(
      namespaces.map((namespace) => ({ ...plain(NamespaceSchema, namespace), current: namespace.name === current })),
      () => {
        if (namespaces.length === 0) return ctx.out.line('You are in no namespace yet. Create one with `micro namespace create`.')
        ctx.out.table(
          ['', 'NAME', 'ROLE', 'PLAN', 'URL'],
          namespaces.map(({ name, role, plan, url }) => [name === current ? '*' : '', name, role, plan, url]),
        )
      },
    )
  },
})
