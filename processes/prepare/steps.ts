import { join } from 'node:path'
import { toolEnvironment } from '../../config/environment.ts'
import { PlatformError } from '../../lib/errors.ts'
import { exec } from '../../lib/exec.ts'
import type { Step } from './step.ts'

/** Code that everything else imports. */
export const generation: readonly Step[] = [
  {
    name: 'proto',
    title: 'Generating code from proto/',
    inputs: ['proto/**/*.proto', 'buf.yaml', 'buf.gen.yaml', 'package-lock.json'],
    stamp: 'gen/proto/.made-from',
    make: (checkout, signal) => tool(checkout, 'node_modules/@bufbuild/buf/bin/buf', ['generate'], signal),
  },
  {
    name: 'prisma',
    title: 'Generating the database client',
    inputs: ['prisma/schema.prisma', 'prisma.config.ts', 'package-lock.json'],
    stamp: 'gen/prisma/.made-from',
    make: (checkout, signal) => tool(checkout, 'node_modules/prisma/build/index.js', ['generate'], signal),
  },
]

/** The pages, which use nothing of what is generated: the longest step need not wait for the others. */
export const consoleBuild: Step = {
  name: 'console',
  title: 'Building the console',
  inputs: [
    'app/**',
    'public/**',
    'proxy.ts',
    'config/console-app.ts',
    'lib/errors.ts',
    'next.config.*',
    'postcss.config.*',
    'tsconfig.json',
    'package-lock.json',
  ],
  stamp: '.next/.made-from',
  make: (checkout, signal) => tool(checkout, 'node_modules/next/dist/bin/next', ['build'], signal),
}

/** One JavaScript file: starts faster than its sources, and needs no packages where it is copied to. */
export const cliBundle: Step = {
  name: 'cli',
  title: 'Bundling the micro command',
  inputs: ['cli/**', 'proto/**/*.proto', 'lib/**', 'scripts/bundle-cli.ts', 'package-lock.json'],
  stamp: 'dist/.made-from',
  // In a process of its own: esbuild's service would stay in the supervisor's, with all its memory.
  make: (checkout, signal) => tool(checkout, 'scripts/bundle-cli.ts', [join(checkout, 'dist/micro.mjs')], signal),
}

/** Runs a program of one of our packages in the checkout, and says what it printed if it fails. */
export async function tool(
  checkout: string,
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  {
    flags = [],
    done,
  }: { flags?: readonly string[] /** Printed by a program that does not end by itself, once it has done its work. */; done?: string } = {},
): Promise<void> {
  const result = await exec([process.execPath, ...flags, join(checkout, program), ...args], {
    cwd: checkout,
    env: toolEnvironment(),
    signal,
  })
  if (result.code === 0 || (done !== undefined && result.stdout.trim().endsWith(done))) return
  const output = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-40).join('\n')
  throw new PlatformError('internal', `${[program.replace('node_modules/', ''), ...args].join(' ')} failed:\n${output}`)
}
