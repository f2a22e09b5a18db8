import type { Claims, Tokens } from './auth.ts'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'
import type { Route } from './table.ts'

/** What the caller of one request may reach; its token is verified when that first matters. */
export interface Access {
  /** @returns undefined without a token, or with one that is not ours and none of our business */
  claims(): Promise<Claims | undefined>
  /** @throws Refusal 401 or 403 */
  require(route: Pick<Route, 'namespace' | 'service' | 'public'>): Promise<void>
  maySee(route: Pick<Route, 'namespace' | 'public'>): Promise<boolean>
}

export function createAccess({ request, inside }: Pick<Exchange, 'request' | 'inside'>, tokens: Tokens): Access {
  const token = bearer(request.headers.authorization)
  let checked: ReturnType<Tokens['verify']> | undefined
  const check = () => {
    checked ??= token === undefined ? Promise.resolve({ problem: 'This service is private: send an access token.' }) : tokens.verify(token)
    return checked
  }
  const claims = async () => {
    if (token === undefined) return undefined
    const result = await check()
    return 'claims' in result ? result.claims : undefined
  }

  return {
    claims,
    async require(route) {
      if (route.public || route.namespace === inside) return
      const result = await check()
      if ('problem' in result) {
        const challenge = token === undefined ? 'Bearer realm="micro"' : 'Bearer realm="micro", error="invalid_token"'
        throw new Refusal(401, result.problem, { headers: { 'www-authenticate': challenge } })
      }
      if (!isMember(result.claims, route.namespace)) throw new Refusal(403, `You are not a member of the namespace "${route.namespace}".`)
    },
    async maySee(route) {
      if (route.public || route.namespace === inside) return true
      const known = await claims()
      return known !== undefined && isMember(known, route.namespace)
    },
  }
}

export const isMember = (claims: Claims, namespace: string): boolean => Object.hasOwn(claims.namespaces, namespace)

const bearer = (header: string | undefined): string | undefined => /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header ?? '')?.[1]
