import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Blobs } from './blobs.ts'

const maxBytes = 10 * 1024 * 1024
const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex')

async function* chunks(...parts: (Uint8Array | string)[]) {
  for (const part of parts) yield Buffer.from(part)
}

/** What every implementation of Blobs must do. `create` opens the one in `directory`, again for the same directory. */
export function blobsSuite(name: string, create: (directory: string) => Promise<Blobs>): void {
  describe(`blobs: ${name}`, () => {
    let directory: string
    let blobs: Blobs

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'micro-blobs-'))
      blobs = await create(join(directory, 'blobs'))
    })
    afterEach(() => rm(directory, { recursive: true, force: true }))

    test('gives back what was stored, with the mode asked for', async () => {
      await blobs.put('ns_a', sha256('hello'), chunks('hel', 'lo'), { maxBytes })
      await blobs.copyTo('ns_a', sha256('hello'), join(directory, 'copy'), 0o755)
      expect(await readFile(join(directory, 'copy'), 'utf8')).toBe('hello')
      expect((await stat(join(directory, 'copy'))).mode & 0o777).toBe(0o755)
    })

    test('stores empty and large content, and twice the same', async () => {
      const large = randomBytes(3 * 1024 * 1024)
      for (const content of [Buffer.alloc(0), large, large]) {
        await blobs.put('ns_a', sha256(content), chunks(content), { maxBytes })
      }
      await blobs.copyTo('ns_a', sha256(large), join(directory, 'copy'), 0o644)
      expect(sha256(await readFile(join(directory, 'copy')))).toBe(sha256(large))
      expect(await blobs.missing('ns_a', [sha256('')])).toEqual([])
    })

    test('a copy is independent of what is stored', async () => {
      await blobs.put('ns_a', sha256('one'), chunks('one'), { maxBytes })
      await blobs.copyTo('ns_a', sha256('one'), join(directory, 'first'), 0o600)
      await rm(join(directory, 'first'))
      await blobs.copyTo('ns_a', sha256('one'), join(directory, 'second'), 0o600)
      expect(await readFile(join(directory, 'second'), 'utf8')).toBe('one')
    })

    test('names the missing ones in the order asked, thousands at once', async () => {
      const hashes = Array.from({ length: 5000 }, (_, index) => sha256(String(index)))
      await blobs.put('ns_a', sha256('7'), chunks('7'), { maxBytes })
      await blobs.put('ns_a', sha256('4321'), chunks('4321'), { maxBytes })
      expect(await blobs.missing('ns_a', hashes)).toEqual(hashes.filter((_, index) => index !== 7 && index !== 4321))
    })

    test('sweeps what is neither kept nor young, of one namespace only, and with a dry run only counts', async () => {
      const content = (text: string) => Buffer.alloc(8192, text)
      for (const text of ['a', 'b']) await blobs.put('ns_a', sha256(content(text)), chunks(content(text)), { maxBytes })
      await blobs.put('ns_b', sha256(content('a')), chunks(content('a')), { maxBytes })
      expect((await blobs.namespaces()).sort()).toEqual(['ns_a', 'ns_b'])
      const kept = (hash: string) => hash === sha256(content('b'))
      const later = new Date(Date.now() + 60_000)
      const young = await blobs.sweep('ns_a', kept, { before: new Date(Date.now() - 60_000), dryRun: false })
      expect(young.freedBytes).toBe(0)
      const counted = await blobs.sweep('ns_a', kept, { before: later, dryRun: true })
      expect(counted.freedBytes).toBeGreaterThanOrEqual(8192)
      expect(counted.bytes).toBeGreaterThanOrEqual(2 * counted.freedBytes)
      const hashes = ['a', 'b'].map((text) => sha256(content(text)))
      expect(await blobs.missing('ns_a', hashes)).toEqual([])
      expect(await blobs.sweep('ns_a', kept, { before: later, dryRun: false })).toEqual(counted)
      expect(await blobs.missing('ns_a', hashes)).toEqual([hashes[0]])
      expect(await blobs.missing('ns_b', hashes)).toEqual([hashes[1]])
      await blobs.sweep('ns_a', () => false, { before: later, dryRun: false })
      expect(await blobs.namespaces()).toEqual(['ns_b'])
      expect(await blobs.sweep('ns_gone', () => false, { before: later, dryRun: false })).toEqual({ bytes: 0, freedBytes: 0 })
    })

    test('one namespace finds nothing of another', async () => {
      const hash = sha256('secret')
      await blobs.put('ns_a', hash, chunks('secret'), { maxBytes })
      expect(await blobs.missing('ns_b', [hash])).toEqual([hash])
      await expect(blobs.copyTo('ns_b', hash, join(directory, 'copy'), 0o644)).rejects.toMatchObject({ code: 'not_found' })
    })

    test('refuses bytes that hash to something else and keeps none of them', async () => {
      const hash = sha256('expected')
      await expect(blobs.put('ns_a', hash, chunks('other'), { maxBytes })).rejects.toMatchObject({ code: 'invalid_argument' })
      expect(await blobs.missing('ns_a', [hash])).toEqual([hash])
    })

    test('stops reading at the size limit', async () => {
      let pulled = 0
      async function* endless() {
        for (;;) {
          pulled += 1
          yield Buffer.alloc(1000)
        }
      }
      await expect(blobs.put('ns_a', sha256('x'), endless(), { maxBytes: 10_000 })).rejects.toMatchObject({ code: 'resource_exhausted' })
      expect(pulled).toBe(11)
    })

    test('an upload that breaks off leaves nothing', async () => {
      async function* broken() {
        yield Buffer.from('half')
        throw new Error('connection lost')
      }
      await expect(blobs.put('ns_a', sha256('half'), broken(), { maxBytes })).rejects.toThrow('connection lost')
      expect(await blobs.missing('ns_a', [sha256('half')])).toEqual([sha256('half')])
    })

    test('many uploads of the same content at once are all well', async () => {
      const content = randomBytes(200_000)
      await Promise.all(Array.from({ length: 8 }, () => blobs.put('ns_a', sha256(content), chunks(content), { maxBytes })))
      expect(await blobs.missing('ns_a', [sha256(content)])).toEqual([])
    })

    test('never overwrites a file with a copy', async () => {
      await blobs.put('ns_a', sha256('one'), chunks('one'), { maxBytes })
      await blobs.copyTo('ns_a', sha256('one'), join(directory, 'copy'), 0o644)
      await expect(blobs.copyTo('ns_a', sha256('one'), join(directory, 'copy'), 0o644)).rejects.toThrow('EEXIST')
    })

    test.each([
      ['../../etc', sha256('x')],
      ['ns_a', '../../../etc/passwd'],
      ['ns_a', sha256('x').toUpperCase()],
      ['', sha256('x')],
    ])('refuses the names %j, %j', async (namespaceId, hash) => {
      const before = await readdir(directory, { recursive: true })
      await expect(blobs.missing(namespaceId, [hash])).rejects.toMatchObject({ code: 'invalid_argument' })
      await expect(blobs.put(namespaceId, hash, chunks('x'), { maxBytes })).rejects.toMatchObject({ code: 'invalid_argument' })
      await expect(blobs.copyTo(namespaceId, hash, join(directory, 'copy'), 0o644)).rejects.toMatchObject({ code: 'invalid_argument' })
      expect(await readdir(directory, { recursive: true })).toEqual(before)
    })

    test('keeps what was stored when it is opened again', async () => {
      await blobs.put('ns_a', sha256('kept'), chunks('kept'), { maxBytes })
      expect(await (await create(join(directory, 'blobs'))).missing('ns_a', [sha256('kept')])).toEqual([])
    })
  })
}
