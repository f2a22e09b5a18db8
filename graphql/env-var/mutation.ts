import { applyEnvVars } from '../../control/env-vars/apply.ts'
import { revealEnvVar } from '../../control/env-vars/reveal.ts'
import { type EnvVarChange, setEnvVars } from '../../control/env-vars/set.ts'
import { unsetEnvVars } from '../../control/env-vars/unset.ts'
import type { EnvVarDelivery, EnvVarKind } from '../../gen/prisma/enums.ts'
import { field } from '../field.ts'

type OwnerArgs = { namespace: string; service?: string | null }
type Variable = { name: string; value: string; kind?: EnvVarKind | null; delivery?: EnvVarDelivery | null }
type Deploy = { deploy?: boolean | null }

const changed = ({ changed, deployments }: EnvVarChange) => ({ changed, deployments: deployments.map(({ id }) => id) })

export const envVarMutations = {
  setEnvVars: field(
    setEnvVars,
    ({ variables, deploy, ...owner }: OwnerArgs & Deploy & { variables: Variable[] }) => ({
      ...ownerOf(owner),
      variables: variables.map(({ name, value, kind, delivery }) => ({
        name,
        value,
        kind: kind ?? undefined,
        delivery: delivery ?? undefined,
      })),
      deploy: deploy ?? undefined,
    }),
    changed,
  ),
  unsetEnvVars: field(
    unsetEnvVars,
    ({ names, deploy, ...owner }: OwnerArgs & Deploy & { names: string[] }) => ({ ...ownerOf(owner), names, deploy: deploy ?? undefined }),
    changed,
  ),
  applyEnvVars: field(applyEnvVars, (owner: OwnerArgs) => ownerOf(owner), changed),
  revealEnvVar: field(revealEnvVar, ({ name, ...owner }: OwnerArgs & { name: string }) => ({ ...ownerOf(owner), name })),
}

const ownerOf = ({ namespace, service }: OwnerArgs) => ({ namespace, service: service ?? undefined })
