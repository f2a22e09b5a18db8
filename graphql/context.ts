import type { IncomingMessage } from 'node:http'
import { decode } from 'next-auth/jwt'
import { actorOfSession, actorOfToken } from '../control/auth/session.ts'
import type { Actor, ControlContext, Platform } from '../control/context.ts'
import type { Clock } from '../lib/clock.ts'
import { PlatformError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Db } from '../prisma/client.ts'

export type GraphqlOptions = { db: Db; clock: Clock; platform: Platform; sessionSecret: string; signal: AbortSignal }

/**
 * Who asks: a bearer token, or the console's session cookie. A cookie is good for a request of our own pages only: one that a browser
 * sends from elsewhere carries another Origin, and one without any Origin may read but not change (see `requireOrigin`).
 */
export async function openContext(options: GraphqlOptions, request: IncomingMessage, signal: AbortSignal): Promise<ControlContext> {
  const { db, clock, platform } = options
  const address = request.headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim()
  const client = request.headers['user-agent']
  const base = {
    db,
    clock,
    platform,
    signal: AbortSignal.any([signal, options.signal]),
    requestId: request.headers['micro-request-id']?.toString() ?? newId('req'),
  }
  return { ...base, actor: await actorOf(options, request), ...(address ? { address } : {}), ...(client ? { client } : {}) }
}

async function actorOf(options: GraphqlOptions, request: IncomingMessage): Promise<Actor> {
  const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token) return actorOfToken(options, token)
  const sessionId = await sessionOfCookie(options, request)
  if (!sessionId) return { kind: 'anonymous' }
  try {
    return await actorOfSession(options, sessionId)
  } catch (error) {
    // A browser whose session has ended is nobody, and is led to the log-in by what needs somebody.
    if (error instanceof PlatformError && error.code === 'unauthenticated') return { kind: 'anonymous' }
    throw error
  }
}

export const sessionCookie = (publicUrl: string): string =>
  publicUrl.startsWith('https:') ? '__Host-next-auth.session-token' : 'next-auth.session-token'

async function sessionOfCookie({ platform, sessionSecret }: GraphqlOptions, request: IncomingMessage): Promise<string | undefined> {
  const { publicUrl } = platform.installation
  const prefix = `${sessionCookie(publicUrl)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  const [value, ...others] = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length))
  if (!value) return undefined
  // A tenant's page on a sibling host could have set one of the two.
  if (others.length > 0) throw new PlatformError('unauthenticated', 'The session cookie came twice.', { reason: 'DUPLICATE_COOKIE' })
  const { origin } = request.headers
  if (origin !== undefined && origin !== publicUrl)
    throw new PlatformError('permission_denied', 'This request came from another site.', { reason: 'FOREIGN_ORIGIN' })
  const payload = await decode({ token: value, secret: sessionSecret }).catch(() => null) // sealed by another key, or no token at all
  return typeof payload?.sid === 'string' ? payload.sid : undefined
}

/** A change that is made by cookie needs our own Origin: a form or image of another site has none that is right. */
export function requireOrigin(request: IncomingMessage, ctx: ControlContext): void {
  const byCookie = ctx.actor.kind === 'user' && !request.headers.authorization
  if (byCookie && request.headers.origin !== ctx.platform.installation.publicUrl)
    throw new PlatformError('permission_denied', 'A change by cookie needs the Origin of the console.', { reason: 'FOREIGN_ORIGIN' })
}
