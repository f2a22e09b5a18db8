import { describe, expect, it } from 'vitest'
import { formatTable } from './table.ts'
import { displayWidth, safeJson, safeLine, truncate, wrap } from './text.ts'

describe('remote text', () => {
  it.each([
    ['plain äöü 日本 🙂', 'plain äöü 日本 🙂'],
    ['tab\tstays', 'tab\tstays'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b[2J\u001b[Hcleared', 'cleared'],
    ['\u001b]0;title\u0007x', 'x'],
    ['\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['bell\u0007', 'bell\\x07'],
    ['over\rwritten', 'over\\x0dwritten'],
    ['line end\r', 'line end'],
    ['\u009b31mC1', 'C1'],
    ['\u0085next', '\\x85next'],
    ['abc\u202edcba', 'abc\\u202edcba'],
    ['\u001b', '\\x1b'],
    ['nul\0', 'nul\\x00'],
  ])('%j is shown as %j', (text, shown) => {
    expect(safeLine(text)).toBe(shown)
  })

  it('in JSON keeps its meaning', () => {
    const value = { a: '\u009b31m\u202e\u007f\u001b\n' }
    const json = safeJson(value)
    expect(json).toBe('{"a":"\\u009b31m\\u202e\\u007f\\u001b\\n"}')
    expect(JSON.parse(json)).toEqual(value)
  })
})

describe('columns', () => {
  it('count wide characters twice and colours not at all', () => {
    expect([displayWidth('ab'), displayWidth('日本'), displayWidth('\u001b[31mab\u001b[0m')]).toEqual([2, 4, 2])
  })

  it('are cut with an ellipsis, never wider than asked', () => {
    expect([truncate('abcdef', 6), truncate('abcdef', 4), truncate('日本語', 4), truncate('abc', 0)]).toEqual(['abcdef', 'abc…', '日…', ''])
  })

  it('wrap between words', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('unbreakable word', 4)).toEqual(['unbreakable', 'word'])
  })
})

describe('a table', () => {
  const rows = [
    ['helloworld', './a/very/long/path/to/helloworld', 'http://x.localhost'],
    ['It failed because of a reason that takes many words.'],
    ['b', '', 'http://y.localhost'],
  ]

  it('is aligned, whole where there is no terminal', () => {
    expect(formatTable(['NAME', 'SOURCE', 'URL'], rows)).toEqual([
      'NAME        SOURCE                            URL',
      'helloworld  ./a/very/long/path/to/helloworld  http://x.localhost',
      '  It failed because of a reason that takes many words.',
      'b                                             http://y.localhost',
    ])
  })

  it('fits the terminal: long cells give way, names and URLs do not, remarks wrap', () => {
    expect(formatTable(['NAME', 'SOURCE', 'URL'], rows, { width: 44 })).toEqual([
      'NAME        SOURCE        URL',
      'helloworld  ./a/very/lo…  http://x.localhost',
      '  It failed because of a reason that takes',
      '  many words.',
      'b                         http://y.localhost',
    ])
    expect(formatTable(['NAME', 'URL'], [['helloworld', 'http://x.localhost']], { width: 10 })[1]).toBe('helloworld  http://x.localhost')
  })

  it('puts URLs under their rows where nothing else can give way', () => {
    expect(formatTable(['NAME', 'SOURCE', 'URL'], rows, { width: 30 })).toEqual([
      'NAME        SOURCE',
      'helloworld  ./a/very/long/pat…',
      '  http://x.localhost',
      '  It failed because of a',
      '  reason that takes many',
      '  words.',
      'b',
      '  http://y.localhost',
    ])
  })

  it('lets no cell break out of its line', () => {
    expect(formatTable(['A', 'B'], [['x\ny', '\u001b[2Jz']])).toEqual(['A       B', 'x\\x0ay  z'])
  })
})
