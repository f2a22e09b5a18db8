import type { PlanOptions } from '../plan.ts'
import type { SourceTree } from '../tree.ts'
import type { PackageJson } from './package-json.ts'

export type PackageManager = {
  name: 'npm' | 'pnpm' | 'yarn'
  locks: readonly string[]
  install(options: { development: boolean }): readonly string[]
  run(script: string): readonly string[]
  /** Takes the packages that only the build needed away again. */
  prune?: readonly string[]
  missing: string
}

type Command = readonly string[]

const quiet = ['--no-audit', '--no-fund', '--no-progress']

/** `npm install`, not `npm ci`: that one refuses locks written behind a partial mirror. The lock decides the versions in both. */
const npm: PackageManager = {
  name: 'npm',
  locks: ['npm-shrinkwrap.json', 'package-lock.json'],
  install: ({ development }) => ['npm', 'install', ...quiet, '--ignore-scripts=false', development ? '--include=dev' : '--omit=dev'],
  run: (script) => ['npm', 'run', script],
  prune: ['npm', 'prune', ...quiet, '--omit=dev'],
  missing: "This source needs npm, which isn't installed on the server.",
}

const pnpm = (program: Command): PackageManager => ({
  name: 'pnpm',
  locks: ['pnpm-lock.yaml'],
  install: ({ development }) => [...program, 'install', '--frozen-lockfile', development ? '--prod=false' : '--prod'],
  run: (script) => [...program, 'run', script],
  prune: [...program, 'prune', '--prod'],
  missing: missing('pnpm', 'pnpm-lock.yaml'),
})

const yarn = (program: Command): PackageManager => ({
  name: 'yarn',
  locks: ['yarn.lock'],
  install: ({ development }) => [
    ...program,
    'install',
    '--frozen-lockfile',
    '--non-interactive',
    development ? '--production=false' : '--production',
  ],
  run: (script) => [...program, 'run', script],
  missing: missing('yarn', 'yarn.lock'),
})

/** Yarn 2 and later: packages are put into node_modules, where everything else looks for them. */
function berry(program: Command): PackageManager {
  const command = ['env', 'YARN_NODE_LINKER=node-modules', 'YARN_ENABLE_GLOBAL_CACHE=true', ...program]
  return {
    ...yarn(program),
    install: ({ development }) => [
      ...command,
      ...(development ? ['install', '--immutable'] : ['workspaces', 'focus', '--all', '--production']),
    ],
    run: (script) => [...command, 'run', script],
    prune: [...command, 'workspaces', 'focus', '--all', '--production'],
  }
}

/** By the lock file, npm when there is none. */
export function managerOf(tree: SourceTree, json: PackageJson, { images }: Pick<PlanOptions, 'images'>): PackageManager {
  const has = (lock: string) => tree.files.has(lock)
  if (npm.locks.some(has)) return npm
  if (has('pnpm-lock.yaml')) return pnpm(images ? fetched('pnpm', 'pnpm', pnpmVersion(tree, json)) : ['pnpm'])
  if (!has('yarn.lock')) return npm
  const modern = (tree.text('yarn.lock') ?? '').includes('\n__metadata:')
  if (!images) return modern ? berry(['yarn']) : yarn(['yarn'])
  const version = named(json, 'yarn') ?? (modern ? '4' : '1')
  return version.startsWith('1') ? yarn(fetched('yarn', 'yarn', version)) : berry(fetched('yarn', '@yarnpkg/cli-dist', version))
}

/** Images have npm, which brings the others along: of the version that the source names, and from the namespace's cache the next time. */
const fetched = (program: string, name: string, version: string): Command => [
  'npm',
  'exec',
  '--yes',
  `--package=${name}@${version}`,
  '--',
  program,
]

/** What `packageManager` says: pnpm@9.1.2+sha512.… */
const named = (json: PackageJson, name: string) => new RegExp(`^${name}@(\\d+(?:\\.\\d+){0,2})`).exec(json.packageManager ?? '')?.[1]

function pnpmVersion(tree: SourceTree, json: PackageJson): string {
  const format = /^lockfileVersion: '?(\d+)/m.exec(tree.text('pnpm-lock.yaml') ?? '')?.[1]
  return named(json, 'pnpm') ?? (format === '5' ? '7' : format === '6' ? '8' : '10')
}

function missing(name: string, lock: string): string {
  return `This source needs ${name} (it has a ${lock}), which isn't installed on the server. Install it there with npm install --global ${name}, or deploy with a package-lock.json instead.`
}
