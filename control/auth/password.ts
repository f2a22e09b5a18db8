import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

export const Password = z.string().min(8, 'A password has at least 8 characters.').max(256, 'A password has at most 256 characters.')

/** N = 2^15, r = 8, p = 3: one of the equivalent settings of OWASP's Password Storage Cheat Sheet; 32 MiB while hashing. */
const parameters = { cost: 2 ** 15, blockSize: 8, parallelization: 3 }
const scryptAsync = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url: the parameters stay with the hash, so that they can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const { cost, blockSize, parallelization } = parameters
  const hash = await derive(password, salt, parameters)
  return ['scrypt', cost, blockSize, parallelization, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, cost, blockSize, parallelization, salt, hash] = stored.split('$')
  if (scheme !== 'scrypt' || !salt || !hash) return false
  const wanted = Buffer.from(hash, 'base64url')
  const got = await derive(password, Buffer.from(salt, 'base64url'), {
    cost: Number(cost),
    blockSize: Number(blockSize),
    parallelization: Number(parallelization),
  })
  return wanted.length === got.length && timingSafeEqual(wanted, got)
}

/** Takes as long as a real check, so that an unknown user cannot be told from a wrong password. */
export async function verifyNothing(password: string): Promise<false> {
  await derive(password, Buffer.alloc(16), parameters)
  return false
}

const derive = (password: string, salt: Uint8Array, options: typeof parameters): Promise<Buffer> =>
  scryptAsync(password.normalize('NFKC'), salt, 32, { ...options, maxmem: 256 * 1024 * 1024 })
