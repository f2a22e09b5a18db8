import { dirname } from 'node:path/posix'
import type { Plan } from '../plan.ts'
import { platformDirectory, type SourceTree } from '../tree.ts'

const binary = `${platformDirectory}/service`

export function planGo(tree: SourceTree): Plan | undefined {
  const module = tree.text('go.mod')
  if (module === undefined) return undefined
  const base: Omit<Plan, 'steps'> = { detected: 'Go (go.mod)', programs: [], env: {}, bases: { build: 'go', run: 'debian' } }
  const mains = mainPackages(tree)
  const main = mains.includes('.') ? '.' : mains.length === 1 ? mains[0] : undefined
  if (main === undefined) return { ...base, steps: [], missingStart: whyNoMain(mains) }

  return {
    ...base,
    steps: [
      {
        title: `go build ${main}`,
        commands: [['go', 'build', '-trimpath', '-buildvcs=false', '-modcacherw', '-o', binary, main]],
        missing: `This source needs Go${wanted(module)}, which isn't installed on the server. Install it from https://go.dev/dl, or deploy a built program with a Procfile.`,
      },
    ],
    startCommand: [`./${binary}`],
  }
}

/** Folders with a command: the root, or below cmd/. */
function mainPackages(tree: SourceTree): string[] {
  const folders = new Set<string>()
  for (const path of tree.files.keys()) {
    if (!/^(cmd\/[^/]+\/)?[^/]+\.go$/.test(path) || path.endsWith('_test.go')) continue
    if (/^package main\b/m.test(tree.text(path) ?? '')) folders.add(path.includes('/') ? `./${dirname(path)}` : '.')
  }
  return [...folders].sort()
}

function whyNoMain(mains: string[]): string {
  if (mains.length === 0) return 'go.mod is there, but no file with `package main`: looked in . and cmd/*.'
  return `There are several commands (${mains.join(', ')}): say which one in micro.yaml, such as build: go build -o app ${mains[0]} and start: ./app`
}

const wanted = (module: string) => {
  const version = /^go (\d+\.\d+)/m.exec(module)?.[1]
  return version === undefined ? '' : ` ${version} or newer`
}
