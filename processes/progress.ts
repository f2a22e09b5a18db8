/** Where people follow what happens: the terminal, or the pipe in its place. */
export type Output = { write(text: string): unknown; isTTY?: boolean; columns?: number }

export type Progress = {
  /** Runs one stage and shows that it runs, then how long it took. Stages may overlap. */
  stage<T>(title: string, work: () => Promise<T>): Promise<T>
  /** A line of its own, above what is running. */
  line(text: string): void
  /** No more stages: leaves the terminal in order. */
  end(): void
}

const refreshMs = 100
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** Where nothing moves, a stage that takes longer than this is announced, so that nobody thinks it hangs. */
const announceMs = 2_000

export function createProgress(output: Output): Progress {
  const running = new Map<string, number>()
  const live = output.isTTY === true
  let frame = 0
  let failed = false
  const timer = live ? setInterval(draw, refreshMs).unref() : undefined

  return {
    async stage(title, work) {
      const since = performance.now()
      running.set(title, since)
      const announcement = live ? undefined : setTimeout(print, announceMs, `  ${title} …`)
      try {
        const result = await work()
        running.delete(title)
        print(`  ${live ? green('✓') : '✓'} ${title} ${dim(seconds(performance.now() - since), live)}`)
        return result
      } catch (error) {
        running.delete(title)
        // What fails after the first was only told to give up.
        if (!failed) print(`  ${live ? red('✗') : '✗'} ${title} ${dim(seconds(performance.now() - since), live)}`)
        failed = true
        throw error
      } finally {
        clearTimeout(announcement)
      }
    },
    line: print,
    end() {
      clearInterval(timer)
      if (live) output.write(clearLine)
    },
  }

  function print(text: string): void {
    output.write(live ? `${clearLine}${text}\n` : `${text}\n`)
  }

  function draw(): void {
    if (running.size === 0) return
    frame = (frame + 1) % frames.length
    const now = performance.now()
    const parts = [...running].map(([title, since]) => `${title} … ${Math.floor((now - since) / 1000)} s`)
    output.write(`${clearLine}  ${frames[frame]} ${oneLine(parts, (output.columns || 80) - 5)}`)
  }
}

/** As many parts as a line has room for: one that wraps could not be drawn over. */
function oneLine(parts: readonly string[], width: number): string {
  for (let shown = parts.length; shown > 0; shown--) {
    const rest = parts.length - shown
    const line = [...parts.slice(0, shown), ...(rest > 0 ? [`and ${rest} more`] : [])].join('   ')
    if (line.length <= width) return line
  }
  return (parts[0] ?? '').slice(0, Math.max(width, 0))
}

const clearLine = '\r\u001b[2K'
const paint = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const green = paint(32)
const red = paint(31)
const dim = (text: string, live: boolean) => (live ? paint(2)(text) : `(${text})`)

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
