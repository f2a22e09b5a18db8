import { hkdfSync } from 'node:crypto'

/**
 * A 32-byte key for one purpose, derived from the installation's master secret by HKDF-SHA256. Keys of different purposes tell
 * nothing about each other or about the master, so each process is given only those it needs.
 *
 * @param purpose what the key is for, part of the derivation: another text is another key
 */
export function deriveKey(master: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master, 'micro', purpose, 32))
}
