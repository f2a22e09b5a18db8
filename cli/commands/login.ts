import { command } from '../command.ts'
import { usageError } from '../parse.ts'
import { givenPassword, noteFixedToken, passwordFlags } from '../password-flags.ts'
import { askSecret, askText } from '../prompt.ts'

export default command({
  summary: 'Log in',
  details: 'Without flags, asks. A server on this machine has the user admin, whose password its ready screen shows.',
  flags: {
    email: { type: 'string', value: 'ADDRESS', description: 'your e-mail address' },
    username: { type: 'string', value: 'NAME', description: 'your user name, in place of --email' },
    ...passwordFlags,
  },
  examples: ['micro login', 'micro login --username admin --password-stdin'],
  async run(ctx, flags) {
    if (flags.email !== undefined && flags.username !== undefined) throw usageError('--email and --username exclude each other.')
    const { expectServer, logIn } = await import('../login.ts')
    const api = await ctx.api()
    const environment = await ctx.environment()
    const fromFlags = await givenPassword(flags)
    await expectServer(ctx, api)
    const login = await askText(ctx, flags.email ?? flags.username, {
      flag: '--username',
      message: 'E-mail address or user name',
      ...(environment.name === 'local' ? { initial: 'admin' } : {}),
    })
    const password = await askSecret(ctx, fromFlags, { flag: '--password-stdin', message: 'Password' })
    const { user, namespace } = await logIn(ctx, api, login, password)
    noteFixedToken(ctx)
    ctx.out.data({ username: user?.username, email: user?.email, namespace }, () => {
      ctx.out.line(`Logged in to ${environment.name} as ${user?.username}${namespace ? `, namespace ${namespace}` : ''}.`)
    })
  },
})
