import { command } from '../command.ts'

export default command({
  summary: 'End the session and forget its tokens',
  examples: ['micro logout'],
  async run(ctx) {
    const [{ originOf }, { codeOf }] = await Promise.all([import('../environments.ts'), import('../wire-error.ts')])
    const environment = await ctx.environment()
    const origin = originOf(environment)
    const held = await ctx.tokens.read(origin)
    let revoked = false
    try {
      if (held !== undefined) {
        await (await ctx.api()).auth.logOut({})
        revoked = true
      }
    } catch (error) {
      // A session that has ended already, or a server that is gone, must not keep the tokens here.
      if (codeOf(error) !== 'unauthenticated') ctx.out.note('The server could not be told; the session ends there by itself.')
    }
    await ctx.tokens.write(origin, undefined)
    ctx.out.data({ environment: environment.name, revoked }, () => {
      ctx.out.line(held === undefined ? `You were not logged in to ${environment.name}.` : `Logged out of ${environment.name}.`)
    })
  },
})
