import { PlatformError } from '../../lib/errors.ts'
import type { Api } from '../api.ts'
import type { Context } from '../context.ts'
import { similarCommand } from '../dispatch.ts'
import { usageError } from '../parse.ts'
import { codeOf } from '../wire-error.ts'
import { readDynamicArguments } from './arguments.ts'
import { isSwitch } from './fields.ts'
import { endpointHelp, serviceHelp } from './help.ts'
import { callHttp } from './http.ts'
import { requestsOf } from './input.ts'
import { invoke } from './invoke.ts'
import { findMethod, loadService, type RemoteService } from './service.ts'

/** `micro NAME [endpoint] --field=value`: a command for every endpoint of every service, read from its descriptors. */
export async function runDynamic(ctx: Context, name: string, argv: readonly string[]): Promise<void> {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(name))
    throw usageError(`There is no command "${name}", and no service can have that name.`, 'See `micro --help`.')
  const { service, api, namespace } = await findService(ctx, name)
  if (service.isHttp) return runHttp(ctx, api, namespace, service, argv)
  // Which endpoint is meant is told by the words, which words there are by the endpoint's fields: bare flags may be switches.
  const words = argv.filter((word, at) => !word.startsWith('-') && (at === 0 || !/^--[^=]+$|^-H$/.test(argv[at - 1] ?? '')))
  const wantsHelp = argv.includes('--help') || argv.includes('-h')
  if (wantsHelp && words.length === 0) return ctx.out.line(serviceHelp(service, ctx.out))
  const [endpoint] = words
  const method = findMethod(service, endpoint)
  const args = readDynamicArguments(argv, (path) => isSwitch(method.input, path))
  if (args.help) return ctx.out.line(endpointHelp(service, method, ctx.out))
  const [extra] = args.words.slice(endpoint === undefined ? 0 : 1)
  if (extra !== undefined)
    throw usageError(`"${extra}" is one word too many.`, `Fields are written --field=value; see \`micro ${name} --help\`.`)
  const requests = await requestsOf(service, method, args)
  await invoke(ctx, api, { namespace, service, method, requests, headers: args.headers, timeoutMs: args.timeoutMs })
}

async function findService(ctx: Context, name: string): Promise<{ service: RemoteService; api: Api; namespace: string }> {
  const similar = similarCommand(name)
  try {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    return { service: await loadService(api, namespace, name), api, namespace }
  } catch (error) {
    if (codeOf(error) === 'not_found') throw unknownName(name, similar, error)
    // The word may be a mistyped command that has no need of a server.
    if (similar !== undefined)
      ctx.out.note(`There is no command "${name}"; did you mean \`micro ${similar}\`? Asking for a service of that name failed:`)
    throw error
  }
}

function unknownName(name: string, similar: string | undefined, cause: unknown): PlatformError {
  const nearby = cause instanceof Error && 'rawMessage' in cause ? String(cause.rawMessage) : ''
  return new PlatformError('not_found', `"${name}" is neither a command nor a service that runs here.${nearby ? ` ${nearby}` : ''}`, {
    hint: similar ? `Did you mean \`micro ${similar}\`?` : 'See `micro --help` for commands and `micro services` for services.',
    cause,
  })
}

async function runHttp(ctx: Context, api: Api, namespace: string, service: RemoteService, argv: readonly string[]): Promise<void> {
  const args = readDynamicArguments(argv, () => false)
  if (args.help) return ctx.out.line(serviceHelp(service, ctx.out))
  const [path = '', extra] = args.words
  if (extra !== undefined) throw usageError(`"${extra}" is one word too many.`, 'One path, and --key=value for the query.')
  await callHttp(ctx, api, {
    namespace,
    service: service.name,
    path,
    query: args.fields,
    json: args.json,
    headers: args.headers,
    timeoutMs: args.timeoutMs,
  })
}
