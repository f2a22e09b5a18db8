#!/usr/bin/env node
import module from 'node:module'

// What is loaded from here on is compiled once and then taken from Node's cache. The file that a process starts with is not, unless
// NODE_COMPILE_CACHE names a directory: `bin/micro` does so for the bundle, which is one file.
module.enableCompileCache?.()
const [{ runCommandLine }, { readSettings }, { endQuietlyOnClosedPipe }] = await Promise.all([
  import('./run-command-line.ts'),
  import('./config.ts'),
  import('./output.ts'),
])
endQuietlyOnClosedPipe(process.stdout)
endQuietlyOnClosedPipe(process.stderr)
process.exitCode = await runCommandLine(process.argv.slice(2), readSettings())
