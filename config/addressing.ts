import { isLoopback } from './formats.ts'
import type { Values } from './setting.ts'
import { MICRO_DOMAIN, MICRO_HOST, MICRO_PORT, MICRO_PUBLIC_URL, MICRO_TRUSTED_PROXIES } from './settings.ts'

/** The one address, as every process that builds links or judges requests needs it. */
export const addressing = {
  host: MICRO_HOST,
  port: MICRO_PORT,
  domain: MICRO_DOMAIN,
  publicUrl: MICRO_PUBLIC_URL,
  trustedProxies: MICRO_TRUSTED_PROXIES,
}

export type Addressing = Omit<Values<typeof addressing>, 'publicUrl'> & {
  /** Origin that people reach the platform by, without a trailing slash. */
  publicUrl: string
  /** Bound to loopback, domain `localhost`, no trusted proxy: only this machine's users reach it, so they are believed more. */
  loopbackOnly: boolean
}

export function withAddressing<V extends Values<typeof addressing>>(values: V): Omit<V, 'publicUrl'> & Addressing {
  const { host, port, domain, trustedProxies } = values
  return {
    ...values,
    publicUrl: values.publicUrl ?? `http://${domain}${port === 80 ? '' : `:${port}`}`,
    loopbackOnly: isLoopback(host) && domain === 'localhost' && trustedProxies.length === 0,
  }
}

export function addressingProblems({ publicUrl, domain }: Values<typeof addressing>): string[] {
  if (publicUrl === undefined || new URL(publicUrl).hostname === domain) return []
  return [`MICRO_PUBLIC_URL=${publicUrl} is not at MICRO_DOMAIN=${domain}: the router would refuse the links that it makes.`]
}
