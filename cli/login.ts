import type { Tokens, User } from '../gen/proto/micro/auth/v1/auth_pb.ts'
import { type Api, anonymousAuth, storedTokens } from './api.ts'
import type { Context } from './context.ts'
import { networkFault } from './failure.ts'

/** Keeps the tokens, and chooses a namespace unless one of the user's is chosen already. Answers the namespace. */
export async function startSession(
  ctx: Context,
  origin: string,
  { tokens, user }: { tokens?: Tokens | undefined; user?: User | undefined },
): Promise<string | undefined> {
  await ctx.tokens.write(origin, storedTokens(tokens))
  const environment = await ctx.environment()
  const names = user?.memberships.map(({ namespace }) => namespace) ?? []
  const chosen = await ctx.config.namespace(environment)
  const namespace = chosen !== undefined && names.includes(chosen) ? chosen : names[0]
  if (namespace !== chosen) await ctx.config.setNamespace(environment, namespace)
  return namespace
}

/** Says at once that nothing listens, before a person has typed all answers in vain. */
export async function expectServer(ctx: Context, api: Api): Promise<void> {
  if (!ctx.canAsk) return
  await anonymousAuth(api)
    .getUser({})
    .catch((error: unknown) => {
      if (networkFault(error) !== undefined) throw error
    })
}

export async function logIn(ctx: Context, api: Api, login: string, password: string) {
  const response = await anonymousAuth(api).logIn({ login, password })
  const namespace = await startSession(ctx, api.origin, response)
  return { user: response.user, namespace }
}
