import { logIn } from '../../control/auth/log-in.ts'
import { logOut } from '../../control/auth/log-out.ts'
import { refreshTokens } from '../../control/auth/refresh.ts'
import { actorOfSession, type Login } from '../../control/auth/session.ts'
import { revokeSession } from '../../control/auth/sessions.ts'
import { setPassword } from '../../control/auth/set-password.ts'
import { signUp } from '../../control/auth/sign-up.ts'
import type { ControlContext } from '../../control/context.ts'
import { getUser } from '../../control/users/get.ts'
import type { NamespaceName } from '../../lib/names.ts'
import { field } from '../field.ts'

type Kind = 'BROWSER' | 'CLI' | null
type SignUpArgs = { input: { email: string; username?: string | null; password: string; namespace?: NamespaceName | null }; kind?: Kind }
type LogInArgs = { input: { login: string; password: string; kind?: Kind } }

export const userMutations = {
  signUp: field(
    signUp,
    ({ input, kind }: SignUpArgs) => ({
      email: input.email,
      password: input.password,
      username: input.username ?? undefined,
      namespace: input.namespace ?? undefined,
      kind: kind ?? undefined,
    }),
    withUser,
  ),
  logIn: field(logIn, ({ input: { login, password, kind } }: LogInArgs) => ({ login, password, kind: kind ?? undefined }), withUser),
  refreshTokens: field(refreshTokens, ({ refreshToken }: { refreshToken: string }) => ({ refreshToken }), withUser),
  logOut: field(logOut, () => ({})),
  revokeSession: field(revokeSession, ({ id }: { id: string }) => ({ id })),
  setPassword: field(setPassword, (args: { currentPassword: string; newPassword: string }) => args),
}

async function withUser(login: Login, ctx: ControlContext) {
  const actor = await actorOfSession(ctx, login.sessionId)
  return { ...login, user: await getUser({ ctx: { ...ctx, actor }, input: {} }) }
}
