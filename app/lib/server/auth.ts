import type { IncomingHttpHeaders } from 'node:http'
import type { NextAuthOptions } from 'next-auth'
import CredentialsProvider from 'next-auth/providers/credentials'
import { consoleAppConfig } from '../../../config/console-app.ts'
import { logInMutation, signUpMutation } from '../documents.ts'
import { describe } from '../errors.ts'
import { askWith } from './graphql.ts'

const thirtyDaysSeconds = 30 * 24 * 60 * 60

type Login = { login: { sessionId: string; user: { id: string } } }
type Fields = Record<string, string> | undefined
type AuthRequest = { headers?: IncomingHttpHeaders }

/**
 * Log-in and sign-up of the console. The session cookie is a signed and encrypted JWT that holds the user's id (`sub`) and the
 * session's (`sid`), nothing else; the API looks the session up at each request, so that a revoked one ends at once.
 */
export function authOptions(): NextAuthOptions {
  const { publicUrl, sessionSecret } = consoleAppConfig()
  const secure = publicUrl.startsWith('https:')
  return {
    secret: sessionSecret,
    session: { strategy: 'jwt', maxAge: thirtyDaysSeconds },
    pages: { signIn: '/login', error: '/login' },
    useSecureCookies: secure,
    cookies: {
      sessionToken: {
        name: `${secure ? '__Host-' : ''}next-auth.session-token`,
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      },
    },
    providers: [
      CredentialsProvider({
        id: 'login',
        credentials: { login: {}, password: {} },
        authorize: (fields: Fields, request: AuthRequest) =>
          begin(request, logInMutation, { login: fields?.login ?? '', password: fields?.password ?? '', kind: 'BROWSER' }),
      }),
      CredentialsProvider({
        id: 'signup',
        credentials: { email: {}, password: {}, namespace: {} },
        authorize: (fields: Fields, request: AuthRequest) =>
          begin(request, signUpMutation, {
            email: fields?.email ?? '',
            password: fields?.password ?? '',
            ...(fields?.namespace && { namespace: fields.namespace }),
          }),
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) => (user ? { sub: user.id, sid: (user as SignedIn).sid } : token),
      session: ({ session }) => ({ expires: session.expires }),
    },
  }
}

type SignedIn = { id: string; sid: string }

/** next-auth shows a browser only the message of what `authorize` throws, so the whole problem travels in it as JSON. */
async function begin(request: AuthRequest, document: string, input: Record<string, string>): Promise<SignedIn> {
  try {
    const { login } = await askWith<Login>(clientHeaders(request.headers), document, { input })
    return { id: login.user.id, sid: login.sessionId }
  } catch (error) {
    throw new Error(JSON.stringify(describe(error)))
  }
}

/** Who is asking, for throttling and the list of sessions; cookies stay out, since no session has begun. */
function clientHeaders(headers: IncomingHttpHeaders = {}): Record<string, string> {
  const sent: Record<string, string> = {}
  for (const name of ['host', 'user-agent', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id']) {
    const value = headers[name]
    if (typeof value === 'string') sent[name] = value
  }
  return sent
}
