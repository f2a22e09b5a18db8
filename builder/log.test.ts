import { expect, test } from 'vitest'
import { cleanLine, duration } from './log.ts'

const esc = '\x1b'

test.each([
  ['plain\ttext — grün', 'plain\ttext — grün'],
  [`${esc}[32mgreen${esc}[0m`, `${esc}[32mgreen${esc}[0m`],
  [`${esc}[2K${esc}[1Gcleared${esc}[?25l`, 'cleared'],
  [`${esc}]0;window title\x07after`, 'after'],
  [`${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\`, 'link'],
  [`${esc}Pdevice control${esc}\\after`, 'after'],
  ['10%\r50%\r100%', '100%'],
  ['bell\x07 null\x00 c1\x9b', 'bell\\x07 null\\x00 c1\\x9b'],
  [`cut ${esc}`, 'cut \\x1b'],
  ['', ''],
])('%j becomes %j', (line, clean) => {
  expect(cleanLine(line)).toBe(clean)
})

test('a duration is short', () => {
  expect([3.4, 999, 2140].map(duration)).toEqual(['3 ms', '999 ms', '2.1 s'])
})
