import type { Base } from './bases/base.ts'

/** A command: a list is executed as it is, a string is the tenant's own command line. */
export type Command = string | readonly string[]

/** How a source becomes an artifact, as data: made by a pure function of each kind, carried out by the builder. */
export type Plan = {
  /** The kind and why, in words: "Node.js (package.json)". */
  detected: string
  steps: readonly Step[]
  /** Absent: nothing says how it starts; `missingStart` tells what was looked for. */
  startCommand?: Command
  missingStart?: string
  /** Directories of the artifact whose programs commands find first: node_modules/.bin. */
  programs: readonly string[]
  /** Variables that every instance of the kind should have; settings win over them. */
  env: Readonly<Record<string, string>>
  /** Files that the platform adds: path in the artifact → file beside this module. */
  additions?: Readonly<Record<string, URL>>
  /** As an image: what its steps run on, and what it runs on. */
  bases: { build: Base; run: Base }
  /** Paths that are all an image needs of what was built; absent: everything. */
  keep?: readonly string[]
}

/** What decides about a plan beside the files of the source. */
export type PlanOptions = {
  /** Given by hand, in place of the kind's own steps. */
  installCommand?: string
  buildCommand?: string
  /** True: the steps run in images, which have what a kind needs; false: on this machine. */
  images: boolean
  /** Whether a program is on this machine. */
  has(program: string): boolean
}

export type Step = {
  /** Shown to people: "npm install". */
  title: string
  /** Carried out in turn, in the source's directory. */
  commands: readonly Command[]
  /** Present: the step makes one directory out of a few files, so that directory is kept for the namespace and used again. */
  cache?: StepCache
  /** Told when the program of the first command is not on the machine. */
  missing?: string
  /** It only makes the result smaller, and is left out where `keep` says what stays. */
  tidies?: true
  /** Made by commands in a stage of its own, from which the step sees this directory: no part of the result. */
  tools?: { directory: string; commands: readonly Command[] }
}

export type StepCache = {
  /** What the step makes: node_modules. */
  directory: string
  /** Files that the step reads; it runs where there are only these. */
  inputs: readonly string[]
  /** What decides about the result, beyond the commands and the platform: contents, versions. */
  key: readonly string[]
}

const plainWord = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*$/

/** The words of a command line that means the same without a shell; undefined when it needs one. */
export function plainWords(line: string): string[] | undefined {
  const words = line.trim().split(/[ \t]+/)
  const [program] = words
  if (program === undefined || program.includes('=') || !words.every((word) => plainWord.test(word))) return undefined
  return shellOnly.has(program) ? undefined : words
}

const shellOnly = new Set([
  '.',
  ':',
  'alias',
  'bg',
  'break',
  'case',
  'cd',
  'command',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'fg',
  'for',
  'if',
])
for (const word of [
  'read',
  'readonly',
  'return',
  'set',
  'shift',
  'source',
  'times',
  'trap',
  'type',
  'ulimit',
  'umask',
  'unset',
  'until',
  'wait',
  'while',
]) {
  shellOnly.add(word)
}

/** What a program needs to run, by its name alone: Python, Java, else Node.js, which has all that Debian has. */
export function basesOf(command: Command | undefined): Plan['bases'] {
  const [program = ''] = typeof command === 'string' ? command.trim().split(/\s+/) : (command ?? [])
  const base = /^(python3?|gunicorn|uvicorn|flask|hypercorn|celery)$/.test(program) ? 'python' : program === 'java' ? 'java' : 'node'
  return { build: base, run: base }
}
