#!/usr/bin/env node
import module from 'node:module'
import { readSettings } from './config.ts'
import { endQuietlyOnClosedPipe } from './output.ts'
import { runCommandLine } from './run-command-line.ts'

module.enableCompileCache?.()
endQuietlyOnClosedPipe(process.stdout)
endQuietlyOnClosedPipe(process.stderr)
process.exitCode = await runCommandLine(process.argv.slice(2), readSettings())
