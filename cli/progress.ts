import type { Output } from './output.ts'
import { safeLine } from './text.ts'
import { formatElapsed } from './units.ts'

/** What a deployment shows while it goes: stages one after another, and lines of output under the present one. */
export type Progress = {
  /** Begins a stage, which ends the one before. */
  stage(name: string, detail?: string): void
  log(line: string): void
  note(text: string): void
  /** Ends the last stage; afterwards other output may follow. */
  end(outcome: 'done' | 'failed' | 'detached'): void
}

export async function createProgress(out: Output): Promise<Progress> {
  if (!out.interactive || out.json) return plainProgress(out)
  const { liveProgress } = await import('./live-progress.ts')
  return liveProgress(out)
}

/** One line for each thing that happens, with the seconds since the beginning. */
export function plainProgress(out: Pick<Output, 'note'>, now: () => number = performance.now.bind(performance)): Progress {
  const startedMs = now()
  const stamp = () => formatElapsed(now() - startedMs).padStart(6)
  return {
    stage: (name, detail) => out.note(`${stamp()}  ${name}${detail ? ` ${detail}` : ''}`),
    log: (line) => out.note(`        | ${safeLine(line)}`),
    note: (text) => out.note(`${stamp()}  ${text}`),
    end: () => undefined,
  }
}
