import { describe, expect, it } from 'vitest'
import { parseSource } from './source.ts'

const here = new Set(['helloworld', 'services/a', 'github.com/present/here'])
const parse = (text: string) => parseSource(text, (path) => here.has(path))

describe('a source that is a directory', () => {
  it.each(['.', '..', './', './x', '../x', '/x', '/', '~', '~/src/x', 'helloworld', 'services/a', 'github.com/present/here'])(
    '%s',
    (path) => {
      expect(parse(path)).toEqual({ kind: 'local', path })
    },
  )
})

describe('a source that is a repository', () => {
  it.each([
    // [typed, url, directory, ref, label]
    ['github.com/o/r', 'https://github.com/o/r.git', '', '', 'github.com/o/r'],
    ['GitHub.com/O/R', 'https://github.com/O/R.git', '', '', 'github.com/O/R'],
    ['github.com/o/r/', 'https://github.com/o/r.git', '', '', 'github.com/o/r'],
    ['github.com/o/r@main', 'https://github.com/o/r.git', '', 'main', 'github.com/o/r@main'],
    ['github.com/o/r@latest', 'https://github.com/o/r.git', '', '', 'github.com/o/r'],
    ['github.com/o/r/sub/dir@v1.2.0', 'https://github.com/o/r.git', 'sub/dir', 'v1.2.0', 'github.com/o/r/sub/dir@v1.2.0'],
    ['github.com/o/r//sub/dir@v1', 'https://github.com/o/r.git', 'sub/dir', 'v1', 'github.com/o/r/sub/dir@v1'],
    ['github.com/o/r.git//sub', 'https://github.com/o/r.git', 'sub', '', 'github.com/o/r/sub'],
    ['github.com/o/r@feature/x', 'https://github.com/o/r.git', '', 'feature/x', 'github.com/o/r@feature/x'],
    ['github.com/o/r/a@release@2', 'https://github.com/o/r.git', 'a', 'release@2', 'github.com/o/r/a@release@2'],
    ['https://github.com/o/r', 'https://github.com/o/r.git', '', '', 'github.com/o/r'],
    ['https://github.com/o/r.git@0a1b2c3', 'https://github.com/o/r.git', '', '0a1b2c3', 'github.com/o/r@0a1b2c3'],
    ['https://github.com/o/r/tree/main/sub/dir', 'https://github.com/o/r.git', 'sub/dir', 'main', 'github.com/o/r/sub/dir@main'],
    ['gitlab.com/g/p', 'https://gitlab.com/g/p.git', '', '', 'gitlab.com/g/p'],
    ['gitlab.com/g/sub/group/p//dir@v2', 'https://gitlab.com/g/sub/group/p.git', 'dir', 'v2', 'gitlab.com/g/sub/group/p//dir@v2'],
    ['gitlab.com/g/sub/p', 'https://gitlab.com/g/sub/p.git', '', '', 'gitlab.com/g/sub/p'],
    ['gitlab.com/g/p.git/dir', 'https://gitlab.com/g/p.git', 'dir', '', 'gitlab.com/g/p//dir'],
    ['bitbucket.org/o/r/sub@x', 'https://bitbucket.org/o/r.git', 'sub', 'x', 'bitbucket.org/o/r/sub@x'],
    ['https://git.example.com/a/b.git', 'https://git.example.com/a/b.git', '', '', 'https://git.example.com/a/b.git'],
    [
      'https://git.example.com:8443/a/b.git//c/d@e',
      'https://git.example.com:8443/a/b.git',
      'c/d',
      'e',
      'https://git.example.com:8443/a/b.git//c/d@e',
    ],
    ['http://127.0.0.1:3000/r.git@main', 'http://127.0.0.1:3000/r.git', '', 'main', 'http://127.0.0.1:3000/r.git@main'],
    ['http://127.0.0.1:3000/r.git/sub', 'http://127.0.0.1:3000/r.git', 'sub', '', 'http://127.0.0.1:3000/r.git//sub'],
    ['https://git.example.com/plain//dir', 'https://git.example.com/plain', 'dir', '', 'https://git.example.com/plain//dir'],
    ['git.example.com/a/b.git//c', 'https://git.example.com/a/b.git', 'c', '', 'https://git.example.com/a/b.git//c'],
    ['git.example.com:8443/a/b.git', 'https://git.example.com:8443/a/b.git', '', '', 'https://git.example.com:8443/a/b.git'],
  ])('%s', (text, url, directory, ref, label) => {
    expect(parse(text)).toEqual({ kind: 'git', url, directory, ref, label })
  })

  it('has a label that means the same source', () => {
    for (const text of ['github.com/o/r/sub@v1', 'gitlab.com/g/s/p//d@e', 'https://git.example.com/a/b.git//c@d']) {
      const source = parse(text)
      if (source.kind === 'git') expect(parse(source.label)).toEqual(source)
    }
  })
})

describe('what is no source', () => {
  it.each([
    ['', 'empty'],
    ['nothing', 'neither a directory here nor a repository'],
    ['no/such', 'There is no directory no/such'],
    ['github.com/o', 'names no repository'],
    ['github.com//', 'names no repository'],
    ['example.com/a/b', 'is not one of github.com'],
    ['git@github.com:o/r.git', 'SSH address'],
    ['ssh://git@github.com/o/r', 'not ssh'],
    ['file:///etc', 'not file'],
    ['ext::sh -c id', 'neither'],
    ['https://user:secret@example.com/r.git', 'user name or password'],
    ['https://example.com/', 'not the URL of a repository'],
    ['https://example.com/r.git?x=1', 'not the URL of a repository'],
    ['github.com/o/r@', 'ends in @'],
    ['github.com/o/r@--upload-pack=x', 'not a git branch'],
    ['github.com/o/r@a..b', 'not a git branch'],
    ['github.com/o/r@a b', 'not a git branch'],
    ['github.com/o/r/../../x', 'leaves the repository'],
    ['https://example.com/r.git//a/../../b', 'leaves the repository'],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid_argument', message: expect.stringContaining(message) }))
  })

  it('never shows the password of a URL', () => {
    expect(() => parse('https://user:secret@example.com/r.git')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    )
  })

  it('says what to write for a bare name', () => {
    expect(() => parse('nothing')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ hint: expect.stringContaining('./nothing') }) }),
    )
  })
})
