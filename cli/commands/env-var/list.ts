import { timestampDate } from '@bufbuild/protobuf/wkt'
import type { EnvVar } from '../../../gen/proto/micro/envvar/v1/envvar_pb.ts'
import { command } from '../../command.ts'
import { ownerArgument, ownerFlags, readOwner } from '../../env-var.ts'
import { usageError } from '../../parse.ts'
import { formatAge } from '../../units.ts'

export default command({
  summary: 'List the environment variables and secrets of a service, or of the namespace',
  details: [
    'Of a service all that it is given: its own, those of the namespace, those of its source (micro.yaml). STATE tells whether the live release has',
    'it (live), the next one will (pending), or the next one will no longer (removed).',
  ].join('\n'),
  arguments: { name: ownerArgument },
  flags: ownerFlags,
  examples: ['micro env-var list helloworld', 'micro env-var list --namespace-wide'],
  async run(ctx, { name, namespaceWide }) {
    const { owner, words } = readOwner({ name, rest: [], namespaceWide })
    if (words.length > 0) throw usageError('Either NAME or --namespace-wide, not both.')
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ enumLabel, plain }, schemas, { envVars }] = await Promise.all([
      import('../../plain.ts'),
      import('../../../gen/proto/micro/envvar/v1/envvar_pb.ts'),
      api.envVar.listEnvVars({ namespace, ...owner }),
    ])
    const row = (variable: EnvVar) => [
      variable.name,
      shown(variable, schemas),
      enumLabel(schemas.EnvVarOriginSchema, variable.origin),
      ...(owner.service === undefined ? [] : [variable.state === 0 ? '' : enumLabel(schemas.EnvVarStateSchema, variable.state)]),
      variable.updateTime ? formatAge(timestampDate(variable.updateTime)) : '',
      variable.updatedBy,
    ]
    ctx.out.data(
      envVars.map((variable) => ({ ...plain(schemas.EnvVarSchema, variable), value: variable.value ?? null })),
      () => ctx.out.table(['NAME', 'VALUE', 'FROM', ...(owner.service === undefined ? [] : ['STATE']), 'UPDATED', 'BY'], envVars.map(row)),
    )
  },
})

type Schemas = typeof import('../../../gen/proto/micro/envvar/v1/envvar_pb.ts')

function shown({ value, kind, delivery }: EnvVar, { EnvVarKind, EnvVarDelivery }: Schemas): string {
  if (delivery === EnvVarDelivery.FILE) return '(secret, a file)'
  if (kind === EnvVarKind.SECRET) return '(secret)'
  return value ?? '(not shown to viewers)'
}
