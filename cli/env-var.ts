import type { Deployment } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import type { Context } from './context.ts'
import { usageError } from './parse.ts'
import { plural } from './units.ts'

/** Arguments and flags that tell whose variables a command is about. */
export const ownerArgument = { description: 'the name of a service; none with --namespace-wide', optional: true, names: 'service' } as const

export const ownerFlags = {
  namespaceWide: { type: 'boolean', description: 'those of the namespace, which every service is given' },
} as const

export const deployFlags = {
  noDeploy: { type: 'boolean', description: 'leave what runs as it is until `micro env-var apply` or the next deployment' },
  detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' },
} as const

export const secretFlags = {
  secret: { type: 'boolean', description: 'they are secrets: never shown again' },
  file: { type: 'boolean', description: 'they are secrets given as files $MICRO_SECRETS/KEY, not as variables' },
} as const

/** What the flags say of the variables; what they leave open stays as it was. */
export async function kindOf({ secret, file }: { secret: boolean; file: boolean }) {
  const { EnvVarDelivery, EnvVarKind } = await import('../gen/proto/micro/envvar/v1/envvar_pb.ts')
  return { ...(secret || file ? { kind: EnvVarKind.SECRET } : {}), ...(file ? { delivery: EnvVarDelivery.FILE } : {}) }
}

type Given = { name: string | undefined; rest: readonly string[]; namespaceWide: boolean }

/** With --namespace-wide there is no name: the word in its place is the first of those that follow. */
export function readOwner({ name, rest, namespaceWide }: Given): { owner: { service?: string }; words: string[] } {
  if (namespaceWide) return { owner: {}, words: [...(name === undefined ? [] : [name]), ...rest] }
  if (name === undefined) throw usageError('NAME is missing.', 'Give the name of a service, or add --namespace-wide.')
  return { owner: { service: name }, words: [...rest] }
}

type Change = { changed: string[]; deployments: Deployment[] }
type Told = Change & { verb: 'Set' | 'Deleted'; service: string | undefined; noDeploy: boolean; detach: boolean }

/** Says what was changed, and follows the deployments by which it is applied. */
export async function reportChange(ctx: Context, { changed, deployments, verb, service, noDeploy, detach }: Told): Promise<void> {
  const { concludeAll } = await import('./deployment.ts')
  const owner = service ?? 'every service'
  const what = changed.length > 5 ? plural(changed.length, 'variable') : changed.join(', ')
  if (!ctx.out.json) {
    if (changed.length > 0) ctx.out.line(`${verb} ${what} of ${owner}.`)
    else if (deployments.length === 0) ctx.out.line('Nothing changed.')
    if (changed.length > 0 && deployments.length === 0) ctx.out.note(whenApplied(service, noDeploy))
  }
  await concludeAll(ctx, await ctx.api(), { json: { changed }, deployments, detach })
}

function whenApplied(service: string | undefined, noDeploy: boolean): string {
  if (noDeploy) return `Applied with the next deployment, or by \`micro env-var apply ${service ?? '--namespace-wide'}\`.`
  return service === undefined ? 'No service that is live is concerned.' : `${service} gets it with its first release.`
}
