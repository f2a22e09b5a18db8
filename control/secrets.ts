import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { PlatformError } from '../lib/errors.ts'

/** Envelope encryption at rest. The purpose is authenticated: what was sealed for one place cannot be opened in another. */
export interface Sealer {
  seal(purpose: string, plain: string): Uint8Array<ArrayBuffer>
  open(purpose: string, sealed: Uint8Array): string
}

/**
 * AES-256-GCM: each value has a data key of its own, which is encrypted by the installation's key (envelope).
 * Layout: version 1 | 12 nonce, 32 wrapped data key, 16 tag | 12 nonce, ciphertext, 16 tag.
 */
export function createSealer(key: Uint8Array): Sealer {
  return {
    seal(purpose, plain) {
      const dataKey = randomBytes(32)
      const wrapped = encrypt(key, purpose, dataKey)
      return new Uint8Array(Buffer.concat([Buffer.of(1), wrapped, encrypt(dataKey, purpose, Buffer.from(plain, 'utf8'))]))
    },
    open(purpose, sealed) {
      try {
        if (sealed[0] !== 1) throw new Error(`unknown version ${sealed[0]}`)
        const dataKey = decrypt(key, purpose, sealed.subarray(1, 61))
        return decrypt(dataKey, purpose, sealed.subarray(61)).toString('utf8')
      } catch (cause) {
        throw new PlatformError('internal', 'A stored secret cannot be read with this MICRO_SECRET_KEY.', { cause })
      }
    },
  }
}

function encrypt(key: Uint8Array, purpose: string, plain: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, purpose: string, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(purpose))
  decipher.setAuthTag(sealed.subarray(sealed.length - 16))
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
}
