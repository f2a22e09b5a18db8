import { PlatformError } from '../lib/errors.ts'
import type { Settings } from './builder.ts'
import { type Compiled, type Compiler, compileDescriptors } from './descriptors/compile.ts'
import type { Job } from './job.ts'
import { parseMicroYaml } from './micro-yaml.ts'
import { processCommand } from './procfile/plan.ts'
import type { SourceTree } from './tree.ts'

/** What a source's `Procfile` says of releases, its `micro.yaml` over it, and the caller's settings over both. */
export function givenSettings(tree: SourceTree, settings: Partial<Settings>): Partial<Settings> {
  const releaseCommand = processCommand(tree, 'release')
  const yaml = parseMicroYaml(tree.text('micro.yaml') ?? '').settings
  return merge({ ...(releaseCommand === undefined ? {} : { releaseCommand }), ...yaml }, settings)
}

/** All that an artifact says of how it is run: what was given, over what was found out. */
export const artifactSettings = (
  given: Partial<Settings>,
  env: Readonly<Record<string, string>>,
  compiled: Compiled | undefined,
): Partial<Settings> => merge({ ...(compiled?.hasServices ? { protocol: 'grpc' } : {}), env }, given)

/** A source that says it speaks HTTP may hold `.proto` files that nobody compiles. */
export async function descriptorsOf(
  job: Job,
  tree: SourceTree,
  compiler: Compiler,
  given: Partial<Settings>,
): Promise<Compiled | undefined> {
  try {
    return await compileDescriptors(job, tree, compiler)
  } catch (error) {
    if (given.protocol !== 'http' || !(error instanceof PlatformError) || error.details.reason !== 'PROTO_INVALID') throw error
    job.say(`${error.message}\nThat is left at that, because the protocol is http.`)
    return undefined
  }
}

function merge(lower: Partial<Settings>, upper: Partial<Settings>): Partial<Settings> {
  return { ...lower, ...upper, env: { ...lower.env, ...upper.env } }
}
