/** A line of `docker build --progress plain`. */
export type ProgressLine =
  | { kind: 'begin'; vertex: string; name: string }
  | { kind: 'output'; vertex: string; text: string }
  | { kind: 'done'; vertex: string }
  | { kind: 'cached'; vertex: string }
  | { kind: 'failed'; vertex: string; message: string }
  /** Of the client itself: at the end it says what went wrong. */
  | { kind: 'client'; text: string }
  | { kind: 'other' }

/** What commands print stands behind a time, so that none of it is taken for the engine's own words. */
export function parseProgress(line: string): ProgressLine {
  const [, vertex, rest = ''] = /^#(\d+) (.*)$/s.exec(line) ?? []
  if (vertex === undefined) return line.trim() === '' ? { kind: 'other' } : { kind: 'client', text: line.trim() }
  const output = /^\d+\.\d+ ?(.*)$/s.exec(rest)
  if (output) return { kind: 'output', vertex, text: output[1] ?? '' }
  if (/^DONE( |$)/.test(rest)) return { kind: 'done', vertex }
  if (rest === 'CACHED') return { kind: 'cached', vertex }
  if (rest.startsWith('ERROR: ')) return { kind: 'failed', vertex, message: rest.slice('ERROR: '.length) }
  if (rest.startsWith('[')) return { kind: 'begin', vertex, name: rest }
  return { kind: 'other' }
}

/** Of "[build  4/12] RUN …": the stage, "" where there is only one, and the place in it. */
export function placeOf(name: string): { stage: string; place: number; instruction: string } | undefined {
  const [, stage = '', place, instruction] = /^\[(?:([\w.-]+) +)? *(\d+)\/\d+\] (.*)$/s.exec(name) ?? []
  return place === undefined || instruction === undefined ? undefined : { stage, place: Number(place), instruction }
}
