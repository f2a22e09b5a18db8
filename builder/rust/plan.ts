import { posix } from 'node:path'
import type { Plan } from '../plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'
import { stringIn, tableOf } from './toml.ts'

export function planRust(tree: SourceTree): Plan | undefined {
  if (!tree.files.has('Cargo.toml')) return undefined
  const base: Omit<Plan, 'steps'> = { detected: 'Rust (Cargo.toml)', programs: [], env: {}, bases: { build: 'rust', run: 'debian' } }
  const programs = programsOf(tree)
  const chosen = programs.find(({ preferred }) => preferred) ?? (programs.length === 1 ? programs[0] : undefined)
  if (!chosen) return { ...base, steps: [], missingStart: whyNone(programs) }

  const locked = tree.files.has('Cargo.lock') ? ['--locked'] : []
  const where = ['--path', chosen.folder, '--root', platformDirectory, '--no-track']
  return {
    ...base,
    steps: [
      {
        title: `cargo install ${chosen.name}`,
        commands: [['cargo', 'install', ...where, ...locked, '--bin', chosen.name]],
        missing:
          "This source needs Rust, which isn't installed on the server. Install it from https://rustup.rs, or deploy a built program with a Procfile.",
      },
    ],
    startCommand: [`./${platformDirectory}/bin/${chosen.name}`],
  }
}

type Program = {
  name: string
  /** Of its package. */
  folder: string
  /** The package says that it is the one. */
  preferred: boolean
}

/** Of the package at the root, else of the members of the workspace. */
function programsOf(tree: SourceTree): Program[] {
  const root = programsIn(tree, '.')
  if (root.length > 0) return root
  const folders = [...tree.files.keys()].filter((path) => path.endsWith('/Cargo.toml') && !/(^|\/)(target|vendor)\//.test(path))
  return folders.sort().flatMap((path) => programsIn(tree, posix.dirname(path)))
}

function programsIn(tree: SourceTree, folder: string): Program[] {
  const text = tree.text(posix.join(folder, 'Cargo.toml')) ?? ''
  const [table] = tableOf(text, '[package]')
  const name = stringIn(table, 'name')
  if (name === undefined) return []
  const preferred = stringIn(table, 'default-run')
  const named = tableOf(text, '[[bin]]').flatMap((bin) => stringIn(bin, 'name') ?? [])
  const main = tree.files.has(posix.join(folder, 'src/main.rs')) && named.length === 0 ? [name] : []
  const more = [...tree.files.keys()].flatMap((path) => {
    const [, found] = /^src\/bin\/([^/]+)(?:\.rs|\/main\.rs)$/.exec(posix.relative(folder, path)) ?? []
    return found === undefined ? [] : [found]
  })
  return [...new Set([...named, ...main, ...more])].map((program) => ({
    name: program,
    folder,
    preferred: preferred === undefined ? program === name : program === preferred,
  }))
}

function whyNone(programs: readonly Program[]): string {
  if (programs.length === 0)
    return 'Cargo.toml is there, but no program: looked for src/main.rs, src/bin and [[bin]], also in members of a workspace.'
  const names = programs.map(({ name }) => name).join(', ')
  return `There are several programs (${names}): say which one by default-run in Cargo.toml, or in micro.yaml by build and start.`
}
