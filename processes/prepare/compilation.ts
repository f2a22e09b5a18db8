import { compiled } from '../compile.ts'
import { childFlags, childNames } from '../supervisor/children.ts'
import type { Step } from './step.ts'
import { tool } from './steps.ts'

/** Node's cache of compiled code, made before the processes that run it: they would make it too, but only for those that come after. */
export const compilation: Step = {
  name: 'compile',
  title: 'Compiling the server',
  inputs: [
    '{builder,bus,config,control,git,graphql,grpc,lib,prisma,processes,router,runtime,storage,workers}/**/*.ts',
    'prisma/schema.prisma',
    'proto/**/*.proto',
    'package-lock.json',
  ],
  stamp: 'node_modules/.cache/micro/compile/.made-from',
  async make(checkout, signal) {
    // With the flags of each: what V8 compiles under one set of flags is of no use under another.
    await Promise.all(
      childNames.map((name) => tool(checkout, 'processes/main.ts', ['compile', name], signal, { flags: childFlags(name), done: compiled })),
    )
  },
}
