import { describe, expect, it } from 'vitest'
import { blockWriter, render, type View } from './live-progress.ts'
import { plainProgress } from './progress.ts'

const view: View = {
  stages: [
    { name: 'uploading', detail: '2 of 9 files', startedMs: 0, endedMs: 400 },
    { name: 'building', detail: '', startedMs: 400 },
  ],
  lines: Array.from({ length: 10 }, (_, index) => `line ${index} ${'x'.repeat(100)}`),
  outcome: 'running',
}

describe('the live progress', () => {
  it('shows the stages with their times and the last lines of output, none wider than the terminal', () => {
    const lines = render(view, { nowMs: 2_400, columns: 40, colour: false })
    expect(lines.slice(0, 3)).toEqual(['  ✓ uploading    0.4s  2 of 9 files', '  ⠋ building     2.0s', `    │ line 4 ${'x'.repeat(25)}…`])
    expect(lines).toHaveLength(8)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(40)
  })

  it('keeps more of the output of what failed, and none of what is done', () => {
    const failed = render({ ...view, outcome: 'failed' }, { nowMs: 2_400, columns: 80, colour: false })
    expect(failed[1]).toMatch(/✗ building/)
    expect(failed).toHaveLength(12)
    expect(render({ ...view, outcome: 'done' }, { nowMs: 2_400, columns: 80, colour: false })).toHaveLength(2)
  })

  it('replaces its block in one write a frame and gives the cursor back', () => {
    const writes: string[] = []
    const screen = blockWriter((text) => writes.push(text))
    screen.draw(['a', 'b'])
    screen.draw(['c'])
    screen.above('note')
    screen.draw(['d'])
    screen.finish()
    expect(writes).toEqual([
      '\u001b[?2026h\u001b[?25l\ra\u001b[K\nb\u001b[K\n\u001b[J\u001b[?2026l',
      '\u001b[?2026h\u001b[2A\rc\u001b[K\n\u001b[J\u001b[?2026l',
      '\u001b[1A\r\u001b[Jnote\n',
      '\u001b[?2026h\rd\u001b[K\n\u001b[J\u001b[?2026l',
      '\u001b[?25h',
    ])
  })
})

describe('the plain progress', () => {
  it('is one line for each thing that happens', () => {
    const lines: string[] = []
    let nowMs = 0
    const progress = plainProgress({ note: (text) => lines.push(text) }, () => nowMs)
    progress.stage('uploading', '3 files')
    nowMs = 1_234
    progress.stage('building')
    progress.log('\u001b[31mred\u001b[0m')
    nowMs = 75_000
    progress.note('Hm.')
    expect(lines).toEqual(['  0.0s  uploading 3 files', '  1.2s  building', '        | red', ' 1m15s  Hm.'])
  })
})
