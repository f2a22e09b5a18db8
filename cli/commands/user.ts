import { command } from '../command.ts'

export default command({
  summary: 'Show who is logged in, and manage the account',
  examples: ['micro user', 'micro user namespace', 'micro user token'],
  async run(ctx) {
    const api = await ctx.api()
    const [{ plain }, { currentNamespace }, { UserSchema }, { user }] = await Promise.all([
      import('../plain.ts'),
      import('../current-namespace.ts'),
      import('../../gen/proto/micro/auth/v1/auth_pb.ts'),
      api.auth.getUser({}),
    ])
    if (user === undefined) return
    const names = user.memberships.map(({ namespace }) => namespace)
    const current = await currentNamespace(ctx, names)
    ctx.out.data({ ...plain(UserSchema, user), namespace: current ?? null }, () => {
      ctx.out.line(`${user.username}${user.email ? ` <${user.email}>` : ''} on ${api.origin}`)
      ctx.out.table(
        ['NAMESPACE', 'ROLE', ''],
        user.memberships.map(({ namespace, role }) => [namespace, role, namespace === current ? 'current' : '']),
      )
    })
  },
})
