import { expect, test } from 'vitest'
import { parseAnsi } from './ansi.ts'

test('plain text is one span without classes', () => {
  expect(parseAnsi('hello')).toEqual([{ text: 'hello', className: '' }])
})

test('colours and weights become classes and end where they are reset', () => {
  expect(parseAnsi('\x1b[1;31mERROR\x1b[0m at \x1b[4mfile\x1b[24m')).toEqual([
    { text: 'ERROR', className: 'sgr-1 sgr-bold' },
    { text: ' at ', className: '' },
    { text: 'file', className: 'sgr-underline' },
  ])
})

test('bright colours, backgrounds and the default colours are understood', () => {
  expect(parseAnsi('\x1b[92;44ma\x1b[39mb\x1b[49mc').map(({ className }) => className)).toEqual(['sgr-2 sgr-bg-4', 'sgr-bg-4', ''])
})

test('256 colours and true colour become the nearest class', () => {
  expect(parseAnsi('\x1b[38;5;196mred\x1b[38;2;40;90;250mblue\x1b[38;5;250mgrey').map(({ className }) => className)).toEqual([
    'sgr-1',
    'sgr-4',
    'sgr-7',
  ])
})

test('a parameter after an extended colour still counts', () => {
  expect(parseAnsi('\x1b[38;5;46;1mgreen')).toEqual([{ text: 'green', className: 'sgr-2 sgr-bold' }])
})

test('cursor movements, titles, links and control characters are dropped', () => {
  expect(
    parseAnsi('a\x1b[2Kb\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x00\x08\re\x1bM')
      .map(({ text }) => text)
      .join(''),
  ).toBe('abcde')
})

test('markup stays text', () => {
  expect(parseAnsi('<script>alert(1)</script>')).toEqual([{ text: '<script>alert(1)</script>', className: '' }])
})

test('an escape sequence cut off at the end shows nothing of it but its letters', () => {
  expect(
    parseAnsi('end\x1b[3')
      .map(({ text }) => text)
      .join(''),
  ).toBe('end[3')
})
