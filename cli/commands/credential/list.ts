import { timestampDate } from '@bufbuild/protobuf/wkt'
import { command } from '../../command.ts'
import { formatAge } from '../../units.ts'

export default command({
  summary: 'List the credentials for git hosts, without their secrets',
  examples: ['micro credential list'],
  async run(ctx) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ plain }, { CredentialSchema }, { credentials }] = await Promise.all([
      import('../../plain.ts'),
      import('../../../gen/proto/micro/credential/v1/credential_pb.ts'),
      api.credential.listCredentials({ namespace }),
    ])
    ctx.out.data(
      credentials.map((credential) => plain(CredentialSchema, credential)),
      () => {
        if (credentials.length === 0)
          return ctx.out.line('There are none. Public repositories need none; `micro credential set HOST` adds one.')
        ctx.out.table(
          ['HOST', 'USERNAME', 'UPDATED'],
          credentials.map(({ host, username, updateTime }) => [host, username, formatAge(updateTime && timestampDate(updateTime))]),
        )
      },
    )
  },
})
