import type { SourceTree } from '../tree.ts'

export type PackageManager = {
  name: 'npm' | 'pnpm' | 'yarn'
  locks: readonly string[]
  install(options: { development: boolean }): readonly string[]
  /** Takes the packages that only the build needed away again. */
  prune?: readonly string[]
  missing: string
}

const quiet = ['--no-audit', '--no-fund', '--no-progress']

/** `npm install`, not `npm ci`: that one refuses locks written behind a partial mirror. The lock decides the versions in both. */
const npm: PackageManager = {
  name: 'npm',
  locks: ['npm-shrinkwrap.json', 'package-lock.json'],
  install: ({ development }) => ['npm', 'install', ...quiet, '--ignore-scripts=false', development ? '--include=dev' : '--omit=dev'],
  prune: ['npm', 'prune', ...quiet, '--omit=dev'],
  missing: "This source needs npm, which isn't installed on the server.",
}

const pnpm: PackageManager = {
  name: 'pnpm',
  locks: ['pnpm-lock.yaml'],
  install: ({ development }) => ['pnpm', 'install', '--frozen-lockfile', ...(development ? ['--prod=false'] : ['--prod'])],
  prune: ['pnpm', 'prune', '--prod'],
  missing: missing('pnpm', 'pnpm-lock.yaml'),
}

const yarn: PackageManager = {
  name: 'yarn',
  locks: ['yarn.lock'],
  install: ({ development }) => [
    'yarn',
    'install',
    '--frozen-lockfile',
    '--non-interactive',
    ...(development ? ['--production=false'] : ['--production']),
  ],
  missing: missing('yarn', 'yarn.lock'),
}

/** By the lock file, npm when there is none. */
export function managerOf(tree: SourceTree): PackageManager {
  if (npm.locks.some((path) => tree.files.has(path))) return npm
  return [pnpm, yarn].find((manager) => manager.locks.some((path) => tree.files.has(path))) ?? npm
}

function missing(name: string, lock: string): string {
  return `This source needs ${name} (it has a ${lock}), which isn't installed on the server. Install it there with npm install --global ${name}, or deploy with a package-lock.json instead.`
}
