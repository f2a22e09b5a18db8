import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from './testing/cli.ts'
import { type WalkLimits, walk } from './walk.ts'

async function tree(root: string, files: Record<string, string>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
}

const paths = async (root: string) => (await walk(root)).files.map(({ path }) => path)

describe('walk', () => {
  it('finds every file, sorted, with size and executable bit', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'b.txt': '12345', 'a/c.sh': '#!', '.env': 'A=1', 'a/.hidden/x': '' })
    await chmod(join(directory.path, 'a/c.sh'), 0o755)
    const { files, totalBytes } = await walk(directory.path)
    expect(files.map(({ path, size, executable }) => [path, size, executable])).toEqual([
      ['.env', 3, false],
      ['a/.hidden/x', 0, false],
      ['a/c.sh', 2, true],
      ['b.txt', 5, false],
    ])
    expect(totalBytes).toBe(10)
  })

  it('honours nested ignore files, negation, and .microignore over .gitignore', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, {
      '.gitignore': '*.log\n/dist/\n!keep.log\nsecret',
      '.microignore': 'docs/\n!important.log\n',
      'a.log': '',
      'keep.log': '',
      'important.log': '',
      'dist/x.js': '',
      'sub/dist/x.js': '',
      'sub/.gitignore': '!b.log\n*.tmp\n',
      'sub/b.log': '',
      'sub/c.tmp': '',
      'c.tmp': '',
      'docs/x.md': '',
      'secret/a': '',
      'main.js': '',
    })
    expect(await paths(directory.path)).toEqual(
      [
        '.gitignore',
        '.microignore',
        'c.tmp',
        'important.log',
        'keep.log',
        'main.js',
        'sub/.gitignore',
        'sub/b.log',
        'sub/dist/x.js',
      ].sort(),
    )
  })

  it('honours the ignore files of the repository around the source, unless they leave out the source itself', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, {
      '.git/HEAD': '',
      '.gitignore': '.env\n/services/a/build/\n/scratch/',
      'services/a/.env': 'SECRET=1',
      'services/a/build/x': '',
      'services/a/main.js': '',
      'scratch/main.js': '',
    })
    expect(await paths(join(directory.path, 'services/a'))).toEqual(['main.js'])
    expect(await paths(join(directory.path, 'scratch'))).toEqual(['main.js'])
  })

  it('always leaves out version control and installed dependencies', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, {
      '.git/HEAD': '',
      'node_modules/x/i.js': '',
      'a/node_modules/y': '',
      '.venv/bin/x': '',
      'p/__pycache__/x.pyc': '',
      'main.py': '',
    })
    expect(await paths(directory.path)).toEqual(['main.py'])
  })

  it('keeps links inside the tree as links, also broken ones and those to directories', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'a/real.txt': 'x' })
    await symlink('real.txt', join(directory.path, 'a/link'))
    await symlink('a', join(directory.path, 'dir'))
    await symlink('nowhere', join(directory.path, 'broken'))
    expect((await walk(directory.path)).links).toEqual([
      { path: 'a/link', link: 'real.txt' },
      { path: 'broken', link: 'nowhere' },
      { path: 'dir', link: 'a' },
    ])
  })

  it.each([
    ['../outside', 'escape'],
    ['/etc/passwd', 'escape'],
    ['a/../../x', 'escape'],
  ])('refuses a link to %s and names it', async (target, name) => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'a/x': '' })
    await symlink(target, join(directory.path, name))
    await expect(walk(directory.path)).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('escape leads out of the source'),
    })
  })

  it('refuses a link that leaves the tree by way of an ignored link', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'src/.gitignore': 'out', 'src/x': '', secret: 'S' })
    await symlink('..', join(directory.path, 'src/out'))
    await symlink('out/secret', join(directory.path, 'src/link'))
    await expect(walk(join(directory.path, 'src'))).rejects.toThrow(/link leads out/)
  })

  it('does not look at what is ignored: a link out of the tree there is no error', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { '.microignore': 'escape', x: '' })
    await symlink('/etc', join(directory.path, 'escape'))
    expect(await paths(directory.path)).toEqual(['.microignore', 'x'])
  })

  it('says so when the directory is empty, missing or a file', async () => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'a/.gitkeep/x': '', file: '' })
    await mkdir(join(directory.path, 'empty'))
    await expect(walk(join(directory.path, 'empty'))).rejects.toMatchObject({
      code: 'failed_precondition',
      message: expect.stringContaining('nothing to run'),
    })
    await expect(walk(join(directory.path, 'missing'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(walk(join(directory.path, 'file'))).rejects.toThrow(/is a file/)
  })

  it.each<[string, Partial<WalkLimits>, RegExp, RegExp]>([
    ['files', { files: 2 }, /more than 2 files/, /Most is in big\..*\.microignore/],
    ['bytes of a file', { fileBytes: 4 }, /big\/\w has 5 B; a file of a source has at most 4 B/, /big\/\w/],
    ['bytes', { totalBytes: 9 }, /more than 9 B/, /Most is in big/],
  ])('limits %s and says what to ignore', async (_, limits, message, hint) => {
    await using directory = await temporaryDirectory()
    await tree(directory.path, { 'big/a': '12345', 'big/b': '12345', 'c.js': '1' })
    const all = { files: 100, fileBytes: 100, totalBytes: 100, ...limits }
    await expect(walk(directory.path, all)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      details: { hint: expect.stringMatching(hint) },
    })
  })
})
