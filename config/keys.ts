import { deriveKey } from '../lib/secrets.ts'

/** The keys derived from the master secret, one for each purpose; 32 bytes each. */
export const sessionCookieKey = (secretKey: string): Buffer => deriveKey(secretKey, 'session-cookie')
export const envelopeKey = (secretKey: string): Buffer => deriveKey(secretKey, 'envelope')
/** As text, since it travels in a header. */
export const routerKey = (secretKey: string): string => deriveKey(secretKey, 'router').toString('base64url')
