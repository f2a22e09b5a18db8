import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from './testing.ts'
import { writeService } from './write.ts'

const files = [
  { path: 'README.md', content: '# hello\n' },
  { path: 'src/index.ts', content: 'console.log(1)\n' },
]

describe('writing a new service', () => {
  test('makes the directory with its files, and nothing beside it', async () => {
    await using scratch = await scratchDirectory()
    await writeService(join(scratch.path, 'hello'), files)
    expect(await readdir(scratch.path)).toEqual(['hello'])
    expect(await readFile(join(scratch.path, 'hello', 'src', 'index.ts'), 'utf8')).toBe('console.log(1)\n')
    expect((await stat(join(scratch.path, 'hello'))).mode & 0o777).toBe(0o777 & ~process.umask())
  })

  test('fills a directory that is empty', async () => {
    await using scratch = await scratchDirectory()
    await mkdir(join(scratch.path, 'hello'))
    await writeService(join(scratch.path, 'hello'), files)
    expect(await readdir(join(scratch.path, 'hello'))).toEqual(['README.md', 'src'])
  })

  test('refuses a directory that holds something, and leaves it as it was', async () => {
    await using scratch = await scratchDirectory()
    const directory = join(scratch.path, 'hello')
    await mkdir(directory)
    await writeFile(join(directory, 'mine.txt'), 'mine')
    await expect(writeService(directory, files)).rejects.toMatchObject({
      code: 'already_exists',
      message: `${directory} already exists and is not an empty directory.`,
    })
    expect(await readdir(directory)).toEqual(['mine.txt'])
    expect(await readdir(scratch.path)).toEqual(['hello'])
  })

  test('refuses where a file or a link stands', async () => {
    await using scratch = await scratchDirectory()
    await writeFile(join(scratch.path, 'file'), 'mine')
    await symlink(scratch.path, join(scratch.path, 'link'))
    for (const name of ['file', 'link']) {
      await expect(writeService(join(scratch.path, name), files)).rejects.toMatchObject({ code: 'already_exists' })
    }
    expect(await readdir(scratch.path)).toEqual(['file', 'link'])
  })

  test('leaves nothing behind when a file cannot be written', async () => {
    await using scratch = await scratchDirectory()
    const clashing = [...files, { path: 'README.md/inner', content: '' }]
    await expect(writeService(join(scratch.path, 'hello'), clashing)).rejects.toMatchObject({ code: 'failed_precondition' })
    expect(await readdir(scratch.path)).toEqual([])
  })

  test('says why the disk refused', async () => {
    await using scratch = await scratchDirectory()
    const directory = join(scratch.path, 'absent', 'hello')
    await expect(writeService(directory, files)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: `${directory} could not be written: the directory around it does not exist.`,
    })
    expect(await readdir(scratch.path)).toEqual([])
  })
})
