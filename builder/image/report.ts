import type { Job } from '../job.ts'
import { duration, withoutColours } from '../log.ts'
import type { Title } from './dockerfile.ts'
import { parseProgress, placeOf } from './progress.ts'

/** How a build failed, as far as its output tells. */
export type Failure = {
  /** The step, as the log calls it; absent: none was begun. */
  title?: string
  /** Of the command. */
  exitCode?: number
  /** The last thing that the command printed. */
  lastLine: string
  /** The engine's own words, and what it calls the part of the work that failed. */
  message: string
  at: string
}

export type TitleOf = (stage: string, place: number, instruction: string) => Title | undefined

/** One or more commands that are one step to people. */
type Group = { title: string; began: number; said: boolean; lastLine: string; timer?: NodeJS.Timeout }
type Vertex = { group: Group; last: boolean }

/** A step that is still silent after this is announced; one that was made before is over by then. */
const announceMs = 300

/** Turns the client's output into the log: steps by their titles, what they print, and how long they take. */
export function createReport(job: Job, titleOf: TitleOf) {
  const groups = new Map<string, Group>()
  const vertices = new Map<string, Vertex>()
  const names = new Map<string, string>()
  let failure: Failure | undefined
  let words = ''

  const announce = (group: Group) => {
    clearTimeout(group.timer)
    if (!group.said) job.say(group.title)
    group.said = true
  }
  const begin = (vertex: string, name: string) => {
    names.set(vertex, name)
    const place = placeOf(name)
    const titled = place && titleOf(place.stage, place.place, place.instruction)
    if (!titled || vertices.has(vertex)) return
    const group = groups.get(titled.title) ?? { title: titled.title, began: performance.now(), said: false, lastLine: '' }
    group.timer ??= setTimeout(announce, announceMs, group)
    groups.set(titled.title, group)
    vertices.set(vertex, { group, last: titled.last })
  }

  return {
    line(text: string): void {
      const line = parseProgress(text)
      if (line.kind === 'client' && !/^(-+|>.*)$/.test(line.text)) words = line.text
      if (line.kind === 'begin') begin(line.vertex, line.name)
      if (!('vertex' in line)) return
      const { group, last } = vertices.get(line.vertex) ?? {}
      if (line.kind === 'failed') failure ??= failureOf(line.message, names.get(line.vertex) ?? '', group)
      if (!group) return
      if (line.kind === 'output') {
        announce(group)
        const shown = withoutColours(line.text)
        if (shown !== '') group.lastLine = shown
        job.print(line.text)
      } else if (line.kind === 'done') {
        announce(group)
        if (last) job.say(`${group.title}: ${duration(performance.now() - group.began)}`)
      } else if (line.kind === 'cached' && last) {
        clearTimeout(group.timer)
        if (!group.said) job.say(`${group.title} (cached)`)
      }
    },
    /** No more lines come. */
    end(): Failure {
      for (const { timer } of groups.values()) clearTimeout(timer)
      return (
        failure ?? {
          lastLine: '',
          at: '',
          message: words.replace(/^(ERROR: )?failed to solve[^:]*: (failed to create LLB definition: )?/, ''),
        }
      )
    },
  }
}

function failureOf(message: string, at: string, group: Group | undefined): Failure {
  const code = /exit code: (\d+)$/.exec(message)?.[1]
  return {
    message,
    at,
    lastLine: group?.lastLine ?? '',
    ...(group ? { title: group.title } : {}),
    ...(code === undefined ? {} : { exitCode: Number(code) }),
  }
}
