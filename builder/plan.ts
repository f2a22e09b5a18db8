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
