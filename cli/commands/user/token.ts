import { PlatformError } from '../../../lib/errors.ts'
import { command } from '../../command.ts'

export default command({
  summary: 'Print an access token, renewed if need be',
  details: 'It is good for a quarter of an hour and for all that you may do: treat it as a password.',
  examples: ['curl -H "Authorization: Bearer $(micro user token)" http://localhost:8080/helloworld'],
  async run(ctx) {
    const { session, origin } = await ctx.api()
    const token = await session.accessToken()
    if (token === undefined) {
      throw new PlatformError('unauthenticated', `You are not logged in to ${origin}.`, { hint: 'Log in with `micro login`.' })
    }
    ctx.out.data({ token }, () => ctx.out.line(token))
  },
})
