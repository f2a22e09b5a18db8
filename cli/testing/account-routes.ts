import { timestampNow } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { AuthService } from '../../gen/proto/micro/auth/v1/auth_pb.ts'
import { CredentialService } from '../../gen/proto/micro/credential/v1/credential_pb.ts'
import { NamespaceService } from '../../gen/proto/micro/namespace/v1/namespace_pb.ts'
import { authenticator, fail, issue, type State } from './state.ts'

export function accountRoutes(router: ConnectRouter, state: State): void {
  const { fake, access } = state
  const authenticated = authenticator(state)
  const user = () => ({
    id: 'u1',
    email: 'alice@example.com',
    username: 'alice',
    memberships: state.namespaces.map((namespace) => ({ namespace, role: 'owner' })),
  })

  router.service(AuthService, {
    signUp({ email, password, namespace }) {
      if (password.length < 8)
        throw fail(Code.InvalidArgument, 'A password has at least 8 characters.', { field: 'password', hint: 'Choose a longer one.' })
      if (email === 'taken@example.com')
        throw fail(Code.AlreadyExists, 'That e-mail address has an account.', { hint: 'Log in with `micro login`.' })
      if (namespace !== '') state.namespaces = [namespace]
      return { tokens: issue(state), user: user() }
    },
    logIn({ password }) {
      if (password !== state.password)
        throw fail(Code.Unauthenticated, 'The login or the password is wrong.', { reason: 'WRONG_CREDENTIALS' })
      return { tokens: issue(state), user: user() }
    },
    async refreshTokens({ refreshToken }) {
      fake.refreshes++
      const use = state.refresh.get(refreshToken)
      if (use === 'used') fake.reuseDetected++
      if (use !== 'good') throw fail(Code.Unauthenticated, 'The session has ended.')
      state.refresh.set(refreshToken, 'used')
      return { tokens: issue(state) }
    },
    logOut(_request, context) {
      authenticated(context)
      access.clear()
      state.refresh.clear()
      return {}
    },
    getUser(_request, context) {
      authenticated(context)
      return { user: user() }
    },
    setPassword({ currentPassword, newPassword }, context) {
      authenticated(context)
      if (currentPassword !== state.password) throw fail(Code.PermissionDenied, 'The present password is wrong.')
      state.password = newPassword
      return {}
    },
  })

  router.service(NamespaceService, {
    listNamespaces(_request, context) {
      authenticated(context)
      return {
        namespaces: state.namespaces.map((name) => ({
          ...{ id: name, name, role: 'owner', plan: 'dev', url: `http://${name}.localhost` },
          egress: !state.closed.has(name),
        })),
      }
    },
    createNamespace({ name }, context) {
      authenticated(context)
      const created = name || 'quiet-heron-7'
      if (state.namespaces.includes(created)) throw fail(Code.AlreadyExists, `The name ${created} is taken.`)
      state.namespaces.push(created)
      return { namespace: { name: created, url: `http://${created}.localhost` } }
    },
    setEgress({ name, allowed }, context) {
      authenticated(context)
      if (allowed) state.closed.delete(name)
      else state.closed.add(name)
      return { namespace: { name, egress: allowed } }
    },
    deleteNamespace({ name }, context) {
      authenticated(context)
      state.namespaces = state.namespaces.filter((namespace) => namespace !== name)
      return {}
    },
  })

  router.service(CredentialService, {
    setCredential({ host, username, secret }, context) {
      authenticated(context)
      state.credentials.set(host, secret)
      return { credential: { host, username: username || 'x-access-token' } }
    },
    listCredentials(_request, context) {
      authenticated(context)
      return {
        credentials: [...state.credentials.keys()].map((host) => ({ host, username: 'x-access-token', updateTime: timestampNow() })),
      }
    },
    deleteCredential({ host }, context) {
      authenticated(context)
      if (!state.credentials.delete(host)) throw fail(Code.NotFound, `There is no credential for ${host}.`)
      return {}
    },
  })
}
