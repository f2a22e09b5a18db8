import type { Context } from './context.ts'

/** What `ctx.namespace()` works in, of those that a list shows anyway: the one given or chosen, or the only one. */
export async function currentNamespace(ctx: Context, listed: readonly string[]): Promise<string | undefined> {
  const chosen = ctx.givenNamespace ?? ctx.settings.namespace ?? (await ctx.config.namespace(await ctx.environment()))
  return chosen ?? (listed.length === 1 ? listed[0] : undefined)
}
