import { readFile } from 'node:fs/promises'
import { importCircles } from './import-circles.ts'
import { importsOf, isRelative, type Source, targetOf, withoutComments } from './imports.ts'
import { sourceFiles } from './source-files.ts'

/** Which way the arrows point: what each top-level folder may import from beside itself. A path names one file (or folder) of a folder. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  config: ['lib'],
  storage: ['lib'],
  bus: ['lib'],
  git: ['lib', 'storage/blobs.ts'],
  builder: ['lib', 'gen/proto', 'storage/blobs.ts'],
  runtime: ['lib', 'gen/proto'],
  prisma: ['lib', 'gen/prisma'],
  control: [
    'lib',
    'gen',
    'prisma/client.ts',
    'prisma/errors.ts',
    'runtime/runtime.ts',
    'builder/builder.ts',
    'bus/bus.ts',
    'git/provider.ts',
    'storage/blobs.ts',
  ],
  router: ['lib', 'gen/proto'],
  grpc: ['lib', 'gen/proto', 'control', 'runtime/runtime.ts', 'builder/builder.ts', 'bus/bus.ts', 'storage/blobs.ts'],
  graphql: ['lib', 'gen', 'control', 'runtime/runtime.ts', 'builder/builder.ts', 'bus/bus.ts', 'storage/blobs.ts'],
  workers: [
    'lib',
    'control',
    'runtime/runtime.ts',
    'builder/builder.ts',
    'bus/bus.ts',
    'git/provider.ts',
    'storage/blobs.ts',
    'prisma/errors.ts',
  ],
  // Nothing of gen/: the console is built while that is still being made.
  app: ['lib', 'config/console-app.ts'],
  cli: ['lib', 'gen/proto'],
}

/** What an edge may name as a type, of rows that control hands it or of the database that it hands control: it never asks it anything. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  grpc: ['prisma/client.ts', 'gen/prisma'],
  graphql: ['prisma/client.ts', 'gen/prisma'],
}

/** Composition roots and tools join everything, but the clients know the wire only, and nobody knows the clients. */
const joins = ['processes', 'scripts', 'testing', 'e2e', 'bench']
const clients = ['app', 'cli']
const clientExceptions: Readonly<Record<string, readonly string[]>> = {
  scripts: ['cli', 'app'],
  e2e: ['cli'],
  bench: ['cli'],
  testing: [],
  processes: [],
}

/** Where the environment may be read: programs get everything else as values. */
const environmentReaders = [
  /^config\//,
  /^cli\/config\.ts$/,
  /^prisma\.config\.ts$/,
  /^playwright\.config\.ts$/,
  /^vitest\.config\.ts$/,
  /^(e2e|bench|scripts|testing)\//,
]

/** The one module that hands a tenant's own command line, as one argument, to the shell inside an instance or a build. */
const tenantCommand = 'lib/tenant-command.ts'

/** @returns one line for each place that crosses a boundary */
export function violations(sources: readonly Source[]): string[] {
  return [
    ...sources.flatMap((source) => [...arrowViolations(source), ...environmentViolations(source), ...shellViolations(source)]),
    ...importCircles(sources).map((files) => `${files.join(' → ')}: a circle of imports; move what they share into a file of its own`),
  ]
}

function arrowViolations({ path, text }: Source): string[] {
  if (isTest(path)) return []
  const own = topFolder(path)
  return importsOf(text)
    .filter(isRelative)
    .map(({ specifier, typeOnly }) => ({ target: targetOf(path, specifier), typeOnly }))
    .filter(({ target, typeOnly }) => topFolder(target) !== own && !mayImport(own, target, typeOnly))
    .map(({ target }) => `${path}: ${own}/ may not import ${target}`)
}

function mayImport(own: string, target: string, typeOnly: boolean): boolean {
  if (joins.includes(own)) return !clients.includes(topFolder(target)) || (clientExceptions[own]?.includes(topFolder(target)) ?? false)
  const allowed = arrows[own]
  const entries = [...(allowed ?? []), ...(typeOnly ? (typesOnly[own] ?? []) : [])]
  return allowed === undefined || entries.some((entry) => target === entry || target.startsWith(`${entry}/`))
}

function environmentViolations({ path, text }: Source): string[] {
  if (isTest(path) || environmentReaders.some((pattern) => pattern.test(path))) return []
  const code = withoutComments(text)
  const reads = /\bprocess\s*\.\s*env\b/.test(withoutStrings(code)) || importsOf(text).some(({ specifier }) => specifier === 'node:process')
  return reads ? [`${path}: only config/ reads process.env; pass the value down`] : []
}

function shellViolations({ path, text }: Source): string[] {
  const code = withoutComments(text)
  const found: string[] = []
  for (const { specifier, names } of importsOf(text)) {
    if (!/^(node:)?child_process$/.test(specifier)) continue
    if (/\b(exec|execSync)\b/.test(names)) found.push(`${path}: exec runs a shell; use execFile or spawn with a list of arguments`)
    if (/^\*|^[a-zA-Z_$][\w$]*\s*(,|$)/.test(names)) found.push(`${path}: import the functions of child_process by name`)
  }
  if (/\bshell\s*:\s*(true|['"`])/.test(code)) found.push(`${path}: no shell option; use a list of arguments`)
  if (/['"](\/bin\/|\/usr\/bin\/)?(ba|da|z)?sh['"]\s*,\s*\[?\s*['"]-l?c['"]/.test(code) && path !== tenantCommand && !isTest(path)) {
    found.push(`${path}: no sh -c; use a list of arguments`)
  }
  return found
}

/** A suite of a contract is a test that has no `.test` in its name. */
const isTest = (path: string): boolean => /\.test\.tsx?$|(^|\/)(suite|testing|test-[a-z-]+)\.ts$|(^|\/)(testing|suite)\//.test(path)
const topFolder = (path: string): string => path.split('/')[0] ?? ''
const withoutStrings = (code: string): string => code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''")

if (import.meta.main) {
  const paths = (await sourceFiles()).filter((path) => /\.(ts|tsx|mts)$/.test(path) && path !== 'scripts/boundaries.test.ts')
  const found = violations(await Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8') }))))
  for (const line of found) console.error(line)
  if (found.length > 0) process.exit(1)
}
