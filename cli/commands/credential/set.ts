import { command } from '../../command.ts'
import { givenPassword, passwordFlags } from '../../password-flags.ts'
import { askSecret } from '../../prompt.ts'

export default command({
  summary: 'Set the credential for private repositories of a git host',
  details: 'It is kept encrypted, used only while fetching, and never shown again.',
  arguments: { host: { description: 'the host as in the URL, such as github.com' } },
  flags: {
    username: { type: 'string', value: 'NAME', description: 'default: x-access-token, which goes with an access token' },
    ...passwordFlags,
  },
  examples: ['micro credential set github.com', 'micro credential set git.example.com:8443 --username alice --password-stdin'],
  async run(ctx, flags) {
    const fromFlags = await givenPassword(flags)
    const secret = await askSecret(ctx, fromFlags, { flag: '--password-stdin', message: 'Access token or password' })
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const { credential } = await api.credential.setCredential({ namespace, host: flags.host, username: flags.username ?? '', secret })
    const { host, username } = credential ?? { host: flags.host, username: '' }
    ctx.out.data({ namespace, host, username }, () =>
      ctx.out.line(`Repositories on ${host} are now fetched as ${username} in ${namespace}.`),
    )
  },
})
