import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { logIn } from '../control/auth/log-in.ts'
import { logOut } from '../control/auth/log-out.ts'
import { refreshTokens } from '../control/auth/refresh.ts'
import { actorOfSession, type Login } from '../control/auth/session.ts'
import { setPassword } from '../control/auth/set-password.ts'
import { signUp } from '../control/auth/sign-up.ts'
import type { ControlContext } from '../control/context.ts'
import { getUser } from '../control/users/get.ts'
import type {
  AuthService,
  LogInRequest,
  RefreshTokensRequest,
  SetPasswordRequest,
  SignUpRequest,
} from '../gen/proto/micro/auth/v1/auth_pb.ts'
import type { Rpcs } from './rpc.ts'

export const authService = ({ unary }: Rpcs) =>
  ({
    signUp: unary(
      signUp,
      ({ email, username, password, namespace }: SignUpRequest) => ({
        email,
        password,
        ...(username ? { username } : {}),
        ...(namespace ? { namespace } : {}),
      }),
      loggedIn,
    ),
    logIn: unary(logIn, ({ login, password }: LogInRequest) => ({ login, password }), loggedIn),
    refreshTokens: unary(
      refreshTokens,
      ({ refreshToken }: RefreshTokensRequest) => ({ refreshToken }),
      (login) => ({ tokens: toTokens(login) }),
    ),
    logOut: unary(
      logOut,
      () => ({}),
      () => ({}),
    ),
    getUser: unary(
      getUser,
      () => ({}),
      (user) => ({ user: toUser(user) }),
    ),
    setPassword: unary(
      setPassword,
      ({ currentPassword, newPassword }: SetPasswordRequest) => ({ currentPassword, newPassword }),
      () => ({}),
    ),
  }) satisfies ServiceImpl<typeof AuthService>

async function loggedIn(login: Login, ctx: ControlContext) {
  const actor = await actorOfSession(ctx, login.sessionId)
  return { tokens: toTokens(login), user: toUser(await getUser({ ctx: { ...ctx, actor }, input: {} })) }
}

const toTokens = ({ accessToken, accessTokenExpiresAt, refreshToken }: Login) => ({
  accessToken,
  accessTokenExpiresAt: timestampFromDate(accessTokenExpiresAt),
  refreshToken,
})

const toUser = ({ id, email, username, memberships }: Awaited<ReturnType<typeof getUser>>) => ({
  id,
  email: email ?? '',
  username,
  memberships: memberships.map(({ namespace, role }) => ({ namespace: namespace.name, role: role.toLowerCase() })),
})
