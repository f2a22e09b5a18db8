import { NamespaceName } from '../../lib/names.ts'
import { command } from '../command.ts'
import { givenPassword, noteFixedToken, passwordFlags } from '../password-flags.ts'
import { askNewPassword, askText } from '../prompt.ts'

export default command({
  summary: 'Create an account and a namespace, and log in',
  details: 'Without flags, asks for what it needs. --namespace chooses the name of the namespace; otherwise one is made up.',
  flags: {
    email: { type: 'string', value: 'ADDRESS', description: 'your e-mail address' },
    username: { type: 'string', value: 'NAME', description: 'a user name; default: made from the e-mail address' },
    ...passwordFlags,
  },
  examples: ['micro signup', 'micro signup --email alice@example.com --password-stdin --namespace alice'],
  async run(ctx, flags) {
    const [{ anonymousAuth }, { expectServer, startSession }] = await Promise.all([import('../api.ts'), import('../login.ts')])
    const api = await ctx.api()
    const fromFlags = await givenPassword(flags)
    await expectServer(ctx, api)
    const email = await askText(ctx, flags.email, { flag: '--email', message: 'E-mail address', fault: faultOfEmail })
    const password = await askNewPassword(ctx, fromFlags, { flag: '--password-stdin', message: 'Password' })
    const given = ctx.givenNamespace ?? ctx.settings.namespace
    const wanted = await askText(ctx, given, {
      flag: '--namespace',
      message: 'Namespace (empty: make one up)',
      optional: true,
      fault: (typed) => NamespaceName.safeParse(typed).error?.issues[0]?.message,
    })
    const response = await anonymousAuth(api).signUp({ email, username: flags.username ?? '', password, namespace: wanted })
    const namespace = await startSession(ctx, api.origin, response)
    const username = response.user?.username ?? ''
    noteFixedToken(ctx)
    ctx.out.data({ username, email, namespace }, () => {
      ctx.out.line(`Welcome, ${username}. Your namespace is ${namespace}, and you are logged in.`)
      ctx.out.line('Next: `micro new helloworld`, then `micro run ./helloworld`.')
    })
  },
})

const faultOfEmail = (typed: string) => (/^\S+@\S+\.\S+$/.test(typed) ? undefined : 'That is not an e-mail address.')
