import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { pathsOf } from '../config/paths.ts'
import { temporaryDirectory } from '../testing/data-directory.ts'
import { createTestDatabase } from '../testing/database.ts'
import { startOldPostgres } from '../testing/old-postgres.ts'
import { requireDatabase } from './database.ts'
import { ensureDirectory, ensurePrivateDirectory } from './directories.ts'
import { requirePort } from './ports.ts'
import { secretKey } from './secret-key.ts'

test('a port that is in use is refused with the name of who has it', async () => {
  const server = createServer()
  const port = await new Promise<number>((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : 0)
    }),
  )
  onTestFinished(() => void server.close())
  const refusal = requirePort('127.0.0.1', port)
  await expect(refusal).rejects.toThrow(new RegExp(`Port ${port} is in use by process ${process.pid} \\(`))
})

test('port 0 becomes a free one', async () => {
  expect(await requirePort('127.0.0.1', 0)).toBeGreaterThan(1023)
})

test('an address of another machine is refused', async () => {
  await expect(requirePort('192.0.2.1', 0)).rejects.toThrow('192.0.2.1: it is not an address of this machine')
})

test('a file where the data directory should be is refused', async () => {
  const path = join(await temporaryDirectory(), 'file')
  await writeFile(path, '')
  await expect(ensureDirectory(path, 0o700)).rejects.toThrow(/cannot be used: a file is in the way/)
  await expect(ensureDirectory(join(path, 'below'), 0o700)).rejects.toThrow(/cannot be used: a file is in the way/)
})

test.skipIf(process.getuid?.() === 0)('a directory that we may not write is refused (root may write any)', async () => {
  const parent = await temporaryDirectory()
  await chmod(parent, 0o500)
  await expect(ensureDirectory(join(parent, 'data'), 0o700)).rejects.toThrow(/this user may not write there/)
})

test('a private directory is made private', async () => {
  const path = join(await temporaryDirectory(), 'run')
  await mkdir(path, { mode: 0o777 })
  await ensurePrivateDirectory(path)
  expect((await stat(path)).mode & 0o777).toBe(0o700)
})

test('the secret key is made once, kept privately, and found again', async () => {
  const paths = pathsOf(await temporaryDirectory())
  const key = await secretKey(paths, undefined)
  expect(key).toHaveLength(43)
  expect(await secretKey(paths, undefined)).toBe(key)
  expect((await stat(paths.secretKey)).mode & 0o777).toBe(0o600)
  expect((await readFile(paths.secretKey, 'utf8')).trim()).toBe(key)
})

test('a key that is not the one that the data is encrypted with is refused', async () => {
  const paths = pathsOf(await temporaryDirectory())
  await secretKey(paths, undefined)
  await expect(secretKey(paths, 'x'.repeat(40))).rejects.toThrow(/MICRO_SECRET_KEY differs from/)
})

test('a lost key is not replaced by a new one', async () => {
  const paths = pathsOf(await temporaryDirectory())
  await secretKey(paths, undefined)
  await mkdir(join(paths.postgres, 'data'), { recursive: true })
  await rm(paths.secretKey)
  await expect(secretKey(paths, undefined)).rejects.toThrow(/secret-key is missing/)
})

test('each way in which DATABASE_URL is wrong has its own sentence', async () => {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const changed = (change: (url: URL) => void): string => {
    const copy = new URL(url)
    change(copy)
    return copy.toString()
  }
  const check = (wrong: string) => requireDatabase(wrong, { create: false })
  await expect(check(changed((it) => (it.password = 'hunter2')))).rejects.toThrow(/does not let the user micro in/)
  await expect(check(changed((it) => (it.pathname = '/nowhere')))).rejects.toThrow(/has no database named nowhere/)
  await expect(check('postgresql://micro:hunter2@127.0.0.1:1/micro')).rejects.toThrow(
    'The PostgreSQL at 127.0.0.1:1 cannot be reached: nothing listens there.',
  )
  await expect(check('postgresql://micro@no-such-host.invalid/micro')).rejects.toThrow(/No machine is named no-such-host.invalid/)
  await expect(check(url)).resolves.toBeUndefined()
})

test('a PostgreSQL before version 14 is refused', async () => {
  const check = async (version: number) => requireDatabase(await startOldPostgres(version), { create: false })
  await expect(check(13)).rejects.toThrow('The PostgreSQL of DATABASE_URL is version 13, and Micro needs 14 or later.')
  await expect(check(9)).rejects.toThrow('is version 9, and Micro needs 14 or later.')
  await expect(check(14)).resolves.toBeUndefined()
})
