import { existsSync } from 'node:fs'
import { PlatformError } from '../../lib/errors.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { usageError } from '../parse.ts'

const flags = {
  name: { type: 'string', value: 'NAME', description: 'name of the service; default: from micro.yaml, or the name of its directory' },
  ref: { type: 'string', value: 'REF', description: 'branch, tag or commit of a repository, in place of @REF' },
  image: { type: 'string', value: 'IMAGE', description: 'a container image in place of a source (not available yet)' },
  command: { type: 'string', value: 'LINE', description: 'how to start it' },
  buildCommand: { type: 'string', value: 'LINE', description: 'how to build it' },
  env: { type: 'string', value: 'KEY=VALUE', multiple: true, description: 'an environment variable for it' },
  instances: { type: 'integer', value: 'N', description: 'how many instances to run' },
  public: { type: 'boolean', description: 'anybody may call it' },
  private: { type: 'boolean', description: 'only members and accounts of the namespace may call it' },
  healthPath: { type: 'string', value: 'PATH', description: 'HTTP path that answers 2xx once it is ready' },
  protocol: { type: 'string', choices: ['http', 'grpc'], description: 'what it speaks; default: found out' },
  startTimeout: { type: 'duration', value: 'TIME', description: 'how long it may take to get ready, such as 60s' },
  canary: { type: 'integer', value: 'PERCENT', description: 'share of the requests that it answers at first, up to 50; 0: all at once' },
  canaryTime: { type: 'duration', value: 'TIME', description: 'how long it is compared with the live release before it answers all' },
  keepWarm: { type: 'duration', value: 'TIME', description: 'how long the release before is kept paused for a rollback' },
  watch: { type: 'boolean', short: 'w', description: 'deploy again whenever a file changes' },
  detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' },
  force: { type: 'boolean', description: 'build and deploy even if nothing changed' },
} as const

export default command({
  summary: 'Run a service from a directory or a git repository',
  details: [
    'SOURCE is a directory (., ./helloworld, /src/helloworld), or a repository: github.com/owner/repo[/dir][@ref], gitlab.com/group/project[//dir][@ref],',
    'bitbucket.org/owner/repo[/dir][@ref], or https://any.host/path.git[//dir][@ref]. Files that .gitignore and .microignore list stay here.',
    'Ctrl-C stops watching; the deployment goes on.',
  ].join('\n'),
  arguments: { source: { description: 'a directory or a repository' } },
  flags,
  examples: [
    'micro run ./helloworld',
    'micro run . --name shop --env LOG_LEVEL=debug --instances 2',
    'micro run github.com/owner/repo/helloworld@main',
  ],
  async run(ctx, args) {
    if (args.image !== undefined) throw usageError('Container images can not be run yet.', 'Run the source: `micro run DIR`.')
    if (args.public && args.private) throw usageError('--public and --private exclude each other.')
    if (args.watch && args.detach) throw usageError('--watch and --detach exclude each other.')
    const { parseSource } = await import('../source.ts')
    const parsed = parseSource(args.source, existsSync)
    const source = args.ref === undefined ? parsed : withRef(parsed, args.ref)
    if (args.watch && source.kind !== 'local') throw usageError('--watch is for directories; a repository is not watched.')
    const env = parseVariables(args.env)
    const [{ runService }, api, namespace, name] = await Promise.all([
      import('../run-service.ts'),
      ctx.api(),
      ctx.namespace(),
      args.name ?? nameOf(source),
    ])
    const plan = { namespace, name, source, options: options(args, env), trigger: 'run' as const, force: args.force }
    const deploy = (force: boolean) =>
      runService(ctx, api, { ...plan, force }, { detach: args.detach }).catch(async (error: unknown) => {
        throw args.name === undefined ? await withNameHint(error, api.origin) : error
      })
    if (!args.watch || source.kind !== 'local') await deploy(args.force)
    else await watchAndRun(ctx, source.path, deploy, args.force)
  },
})

/** Whoever gave no name may not know that one can be given. */
async function withNameHint(error: unknown, origin: string): Promise<unknown> {
  const { fromConnectError } = await import('../wire-error.ts')
  const known = fromConnectError(error, origin)
  if (!(known instanceof PlatformError) || known.details.field !== 'name') return error
  return new PlatformError(known.code, known.message, { ...known.details, hint: 'Give it another one with --name NAME.', cause: error })
}

type Source = import('../source.ts').Source

function withRef(source: Source, ref: string): Source {
  if (source.kind === 'local') throw usageError('--ref is for repositories; a directory is run as it is.')
  if (source.ref !== '') throw usageError(`The source already names a ref, ${source.ref}.`)
  return { ...source, ref, label: `${source.label}@${ref}` }
}

async function nameOf(source: Source): Promise<string> {
  const { nameOfDirectory, nameOfRepository } = await import('../source-name.ts')
  return source.kind === 'local' ? nameOfDirectory(source.path) : nameOfRepository(source)
}

async function watchAndRun(ctx: Context, path: string, run: (force: boolean) => Promise<void>, force: boolean): Promise<void> {
  const { watchSource } = await import('../watch.ts')
  await watchSource(ctx, path, run, force)
}

function parseVariables(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(pair) ?? []
      if (key === undefined || value === undefined) throw usageError(`--env ${pair} is not KEY=VALUE.`)
      return [key, value]
    }),
  )
}

type Given = {
  command: string | undefined
  buildCommand: string | undefined
  healthPath: string | undefined
  protocol: string | undefined
  instances: number | undefined
  startTimeout: number | undefined
  canary: number | undefined
  canaryTime: number | undefined
  keepWarm: number | undefined
  public: boolean
  private: boolean
}

/** Only what was given: the rest comes from micro.yaml, the live release or detection. */
function options(given: Given, env: Record<string, string>) {
  return {
    env,
    ...(given.command === undefined ? {} : { startCommand: given.command }),
    ...(given.buildCommand === undefined ? {} : { buildCommand: given.buildCommand }),
    ...(given.healthPath === undefined ? {} : { healthPath: given.healthPath }),
    ...(given.protocol === undefined ? {} : { protocol: given.protocol }),
    ...(given.instances === undefined ? {} : { instances: given.instances }),
    ...(given.startTimeout === undefined ? {} : { startTimeoutMs: given.startTimeout }),
    ...(given.canary === undefined ? {} : { canaryPercent: given.canary }),
    ...(given.canaryTime === undefined ? {} : { canaryMs: given.canaryTime }),
    ...(given.keepWarm === undefined ? {} : { warmMs: given.keepWarm }),
    ...(given.public ? { public: true } : given.private ? { public: false } : {}),
  }
}
