import { expect, test } from 'vitest'
import { append, asText, emptyBuffer, filterBlocks, maxLines } from './log-buffer.ts'
import type { LogLine } from './model.ts'

const line = (at: number, text = `line ${at}`, instance: string | null = 'i-1'): LogLine => ({
  cursor: `${at}`,
  time: '2026-11-23T20:15:00.000Z',
  instance,
  text,
})
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => line(from + at))

test('lines stay in order over many appends', () => {
  let buffer = append(emptyBuffer, lines(0, 150))
  buffer = append(buffer, lines(150, 151))
  buffer = append(buffer, lines(151, 700))
  expect(buffer.count).toBe(700)
  expect(buffer.blocks.flatMap((block) => block.lines.map(({ cursor }) => Number(cursor)))).toEqual(
    Array.from({ length: 700 }, (_, at) => at),
  )
})

test('an append leaves full blocks as they are, so that they are not rendered again', () => {
  const before = append(emptyBuffer, lines(0, 450))
  const after = append(before, lines(450, 460))
  expect(after.blocks[0]).toBe(before.blocks[0])
  expect(after.blocks[1]).toBe(before.blocks[1])
})

test('the oldest lines go when there are too many, and are counted', () => {
  let buffer = emptyBuffer
  for (let at = 0; at < maxLines + 1000; at += 500) buffer = append(buffer, lines(at, at + 500))
  expect(buffer.count).toBeLessThanOrEqual(maxLines)
  expect(buffer.count + buffer.dropped).toBe(maxLines + 1000)
})

test('a filter finds text without case and through colours, and by instance', () => {
  const { blocks } = append(emptyBuffer, [line(1, '\x1b[31mErr\x1b[0mOR here'), line(2, 'fine'), line(3, 'error there', 'i-2')])
  const found = (text: string, instance: string) =>
    filterBlocks(blocks, { text, instance }).flatMap((block) => block.lines.map(({ cursor }) => cursor))
  expect(found('error', '')).toEqual(['1', '3'])
  expect(found('error', 'i-2')).toEqual(['3'])
  expect(found('', '')).toEqual(['1', '2', '3'])
})

test('a download is text with time and instance, without escape sequences', () => {
  const { blocks } = append(emptyBuffer, [line(1, '\x1b[32mok\x1b[0m'), line(2, 'built', null)])
  expect(asText(blocks)).toBe('2026-11-23T20:15:00.000Z i-1 ok\n2026-11-23T20:15:00.000Z built\n')
})
