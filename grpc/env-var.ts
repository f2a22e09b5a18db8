import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import type { ControlContext } from '../control/context.ts'
import { applyEnvVars } from '../control/env-vars/apply.ts'
import { type EnvVarView, listEnvVars } from '../control/env-vars/list.ts'
import { revealEnvVar } from '../control/env-vars/reveal.ts'
import { type EnvVarChange, setEnvVars } from '../control/env-vars/set.ts'
import { unsetEnvVars } from '../control/env-vars/unset.ts'
import * as pb from '../gen/proto/micro/envvar/v1/envvar_pb.ts'
import type { Rpcs } from './rpc.ts'
import { begunDeployment } from './runtime.ts'

type Owner = { namespace: string; service?: string | undefined }

export const envVarService = ({ unary }: Rpcs) =>
  ({
    listEnvVars: unary(
      listEnvVars,
      (request: pb.ListEnvVarsRequest) => ownerOf(request),
      (envVars) => ({ envVars: envVars.map(toEnvVar) }),
    ),
    setEnvVars: unary(
      setEnvVars,
      (request: pb.SetEnvVarsRequest) => ({ ...ownerOf(request), variables: request.variables.map(toInput), deploy: request.deploy }),
      changed,
    ),
    unsetEnvVars: unary(
      unsetEnvVars,
      (request: pb.UnsetEnvVarsRequest) => ({ ...ownerOf(request), names: request.names, deploy: request.deploy }),
      changed,
    ),
    applyEnvVars: unary(applyEnvVars, (request: pb.ApplyEnvVarsRequest) => ownerOf(request), changed),
    revealEnvVar: unary(
      revealEnvVar,
      (request: pb.RevealEnvVarRequest) => ({ ...ownerOf(request), name: request.name }),
      (value) => ({ value }),
    ),
  }) satisfies ServiceImpl<typeof pb.EnvVarService>

const ownerOf = ({ namespace, service }: Owner) => ({ namespace, service })

const toInput = ({ name, value, kind, delivery }: pb.EnvVarInput) => ({
  name,
  value,
  kind: named({ PLAIN: pb.EnvVarKind.PLAIN, SECRET: pb.EnvVarKind.SECRET }, kind),
  delivery: named({ VARIABLE: pb.EnvVarDelivery.VARIABLE, FILE: pb.EnvVarDelivery.FILE }, delivery),
})

/** Undefined: not said. */
const named = <Name extends string>(values: Record<Name, number>, given: number): Name | undefined =>
  (Object.keys(values) as Name[]).find((name) => values[name] === given)

const toEnvVar = ({ name, kind, delivery, origin, state, value, updatedAt, updatedBy }: EnvVarView) => ({
  name,
  kind: pb.EnvVarKind[kind],
  delivery: pb.EnvVarDelivery[delivery],
  origin: pb.EnvVarOrigin[origin],
  state: state ? pb.EnvVarState[state] : pb.EnvVarState.UNSPECIFIED,
  ...(value === null ? {} : { value }),
  ...(updatedAt ? { updateTime: timestampFromDate(updatedAt) } : {}),
  updatedBy: updatedBy ?? '',
})

async function changed({ changed, deployments }: EnvVarChange, ctx: ControlContext) {
  return { changed, deployments: await Promise.all(deployments.map((deployment) => begunDeployment(deployment, ctx))) }
}
