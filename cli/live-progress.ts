import { styleText } from 'node:util'
import type { Output } from './output.ts'
import type { Progress } from './progress.ts'
import { safeLine, truncate } from './text.ts'
import { formatElapsed } from './units.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 80
const shownLines = 6
const keptLines = 30

type Stage = { name: string; detail: string; startedMs: number; endedMs?: number }
export type View = { stages: Stage[]; lines: string[]; outcome: 'running' | 'done' | 'failed' | 'detached' }

/** Redraws a block of lines in place, in one write a frame so that nothing flickers. */
export function liveProgress(out: Output, now: () => number = performance.now.bind(performance)): Progress {
  const view: View = { stages: [], lines: [], outcome: 'running' }
  const screen = blockWriter((text) => process.stderr.write(text))
  const colour = out.colour
  const draw = () => screen.draw(render(view, { nowMs: now(), columns: process.stderr.columns || 80, colour }))
  const timer = setInterval(draw, frameMs)
  const restore = () => screen.finish()
  process.once('exit', restore)
  const finishLast = () => {
    const last = view.stages.at(-1)
    if (last !== undefined) last.endedMs ??= now()
  }
  return {
    stage(name, detail = '') {
      finishLast()
      view.stages.push({ name, detail, startedMs: now() })
      view.lines = []
      draw()
    },
    log(line) {
      view.lines.push(safeLine(line))
      if (view.lines.length > keptLines) view.lines.shift()
    },
    note(text) {
      screen.above(text)
      draw()
    },
    end(outcome) {
      clearInterval(timer)
      finishLast()
      view.outcome = outcome
      draw()
      screen.finish()
      process.removeListener('exit', restore)
    },
  }
}

type RenderOptions = { nowMs: number; columns: number; colour: boolean }

/** The block as lines, none wider than the terminal. A failed one shows more of its output. */
export function render({ stages, lines, outcome }: View, { nowMs, columns, colour }: RenderOptions): string[] {
  const paint = (style: 'green' | 'red' | 'cyan' | 'dim', text: string) =>
    colour ? styleText(style, text, { validateStream: false }) : text
  const mark = (stage: Stage) => {
    if (stage !== stages.at(-1) || outcome === 'done') return paint('green', '✓')
    if (outcome === 'failed') return paint('red', '✗')
    if (outcome === 'detached') return paint('dim', '·')
    return paint('cyan', frames[Math.floor(nowMs / frameMs) % frames.length] ?? '·')
  }
  const heads = stages.map((stage) => {
    const elapsed = formatElapsed((stage.endedMs ?? nowMs) - stage.startedMs)
    return `  ${mark(stage)} ${truncate(`${stage.name.padEnd(10)} ${elapsed.padStart(6)}  ${stage.detail}`.trimEnd(), columns - 5)}`
  })
  const shown = outcome === 'failed' ? lines : outcome === 'running' ? lines.slice(-shownLines) : []
  return [...heads, ...shown.map((line) => paint('dim', `    ${truncate(`│ ${line}`, columns - 5)}`))]
}

/** Keeps a block of lines at the end of a terminal and replaces it. */
export function blockWriter(write: (text: string) => void) {
  let drawn = 0
  let hidden = false
  const up = () => (drawn > 0 ? `\x1b[${drawn}A` : '')
  return {
    draw(lines: readonly string[]) {
      const block = lines.map((line) => `${line}\x1b[K\n`).join('')
      write(`\x1b[?2026h${hidden ? '' : '\x1b[?25l'}${up()}\r${block}\x1b[J\x1b[?2026l`)
      hidden = true
      drawn = lines.length
    },
    /** Writes a line that stays, before the block. */
    above(text: string) {
      write(`${up()}\r\x1b[J${text}\n`)
      drawn = 0
    },
    finish() {
      if (hidden) write('\x1b[?25h')
      hidden = false
      drawn = 0
    },
  }
}
