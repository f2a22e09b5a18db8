import { posix } from 'node:path'
import type { SourceTree } from '../tree.ts'

export type Requirements = {
  /** The file that says so. */
  from: string
  /** Arguments of `pip install`. */
  arguments: readonly string[]
  /** Every file read. */
  inputs: readonly string[]
  /** Lower-case package names, as far as they can be told. */
  packages: ReadonlySet<string>
  /** True when a part of the source itself is installed. */
  local: boolean
}

/** requirements.txt, else `[project] dependencies` of pyproject.toml; undefined when nothing is to be installed. */
export function requirementsOf(tree: SourceTree): Requirements | undefined {
  if (tree.files.has('requirements.txt')) {
    const { lines, inputs } = readRequirements(tree, 'requirements.txt', new Set())
    if (lines.length === 0) return undefined
    const local = lines.some((line) => /^(-e\b|--editable\b|\.|\/|file:)/.test(line))
    return { from: 'requirements.txt', arguments: ['-r', 'requirements.txt'], inputs, packages: packagesOf(lines), local }
  }
  const dependencies = projectDependencies(tree.text('pyproject.toml') ?? '')
  if (dependencies.length === 0) return undefined
  return { from: 'pyproject.toml', arguments: ['--', ...dependencies], inputs: [], packages: packagesOf(dependencies), local: false }
}

/** With the files that `-r` and `-c` name. */
function readRequirements(tree: SourceTree, path: string, seen: Set<string>): { lines: string[]; inputs: string[] } {
  if (seen.has(path)) return { lines: [], inputs: [] }
  seen.add(path)
  const lines: string[] = []
  const inputs = [path]
  for (const raw of (tree.text(path) ?? '').split(/\r?\n/)) {
    const comment = raw.search(/(?:^|\s)#/)
    const line = (comment < 0 ? raw : raw.slice(0, comment)).trim()
    const included = includedBy(line)
    if (included !== undefined) {
      const nested = readRequirements(tree, posix.join(posix.dirname(path), included), seen)
      lines.push(...nested.lines)
      inputs.push(...nested.inputs.filter((input) => tree.files.has(input)))
    } else if (line !== '') lines.push(line)
  }
  return { lines, inputs }
}

/** The file that a line includes. In two steps: one pattern that tells option, separator and name apart would take time by the square of a line. */
function includedBy(line: string): string | undefined {
  const [option] = /^(?:-r|--requirement|-c|--constraint)[\s=]*/.exec(line) ?? []
  const name = option === undefined ? '' : line.slice(option.length)
  return name === '' || /\s/.test(name) ? undefined : name
}

/** The strings of the array `dependencies` of `[project]` (PEP 621): all that is needed of TOML here. */
export function projectDependencies(toml: string): string[] {
  const section = /^\[project\][ \t]*$([\s\S]*?)(?=^\[|(?![\s\S]))/m.exec(toml)?.[1] ?? ''
  const opening = /^dependencies[ \t]*=[ \t]*\[/m.exec(section)
  if (!opening) return []
  const found: string[] = []
  const token = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#[^\n]*|(\])/g
  token.lastIndex = opening.index + opening[0].length
  for (let match = token.exec(section); match && match[3] === undefined; match = token.exec(section)) {
    const text = match[1] ?? match[2]
    if (text !== undefined) found.push(text.replaceAll('\\"', '"'))
  }
  return found
}

function packagesOf(lines: readonly string[]): ReadonlySet<string> {
  const names = lines.map((line) => /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(line)?.[0].toLowerCase().replaceAll(/[._]/g, '-'))
  return new Set(names.filter((name) => name !== undefined))
}
