import { expect, test } from 'vitest'
import { hashPassword, verifyPassword } from './password.ts'

test('a password fits its own hash only, and each hash has a salt of its own', async () => {
  const [one, two] = await Promise.all([hashPassword('the right one'), hashPassword('the right one')])
  expect(one).not.toBe(two)
  expect(one).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
  expect(await verifyPassword('the right one', one)).toBe(true)
  expect(await verifyPassword('the wrong one', one)).toBe(false)
  expect(await verifyPassword('', one)).toBe(false)
})

test('the same text typed on another machine is the same password', async () => {
  expect(await verifyPassword('Zoe\u0308 \ufb01ne'.normalize('NFD'), await hashPassword('Zo\u00eb fine'))).toBe(true)
})

test('a hash with other parameters is checked by those', async () => {
  const weak = 'scrypt$1024$8$1$c2FsdHNhbHRzYWx0c2FsdA$'
  const { scryptSync } = await import('node:crypto')
  const hash = scryptSync('the right one', Buffer.from('saltsaltsaltsalt'), 32, { cost: 1024, blockSize: 8, parallelization: 1 }).toString(
    'base64url',
  )
  expect(await verifyPassword('the right one', weak + hash)).toBe(true)
})

test.each(['', 'none', 'md5$x$y$z$a$b', 'scrypt$32768$8$3$$', 'scrypt$32768$8$3$c2FsdA$'])(
  'nothing fits what is no hash: %j',
  async (stored) => {
    expect(await verifyPassword('', stored)).toBe(false)
  },
)
