import type { GeneratedFile } from './generate.ts'
import type { Language, TemplateKind } from './names.ts'

/** The commands to type next, in order. */
export function nextSteps(name: string, lang: Language, template: TemplateKind): string[] {
  const run = `micro run ./${name}`
  const call = template === 'rpc' ? `micro ${name} --name=Alice` : `micro open ${name}`
  return [run, call, `cd ${name} && ${testCommands[`${lang}-${template}`]}`]
}

const testCommands: Record<`${Language}-${TemplateKind}`, string> = {
  'typescript-rpc': 'npm install && npm test   # Node.js 22.18 or newer',
  'typescript-http': 'npm test   # Node.js 22.18 or newer',
  'python-rpc': 'python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python -m unittest',
  'python-http': 'python3 -m unittest',
  'go-rpc': 'go test ./...',
  'go-http': 'go test ./...',
}

type Folder = { folders: Map<string, Folder>; files: string[] }

/** The files as a tree for the terminal, folders first, without a line for the root. */
export function fileTree(files: readonly Pick<GeneratedFile, 'path'>[]): string {
  const root = emptyFolder()
  for (const { path } of files) add(root, path.split('/'))
  return lines(root).join('\n')
}

function add(folder: Folder, [first, ...rest]: string[]): void {
  if (first === undefined) return
  if (rest.length === 0) {
    folder.files.push(first)
    return
  }
  const child = folder.folders.get(first) ?? emptyFolder()
  folder.folders.set(first, child)
  add(child, rest)
}

function lines({ folders, files }: Folder): string[] {
  const entries = [
    ...[...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, child]) => [`${name}/`, ...lines(child)]),
    ...files.toSorted().map((name) => [name]),
  ]
  return entries.flatMap(([first = '', ...below], index) => {
    const last = index === entries.length - 1
    return [`${last ? '└──' : '├──'} ${first}`, ...below.map((line) => `${last ? '   ' : '│  '} ${line}`)]
  })
}

const emptyFolder = (): Folder => ({ folders: new Map(), files: [] })
