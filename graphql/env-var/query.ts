import { listEnvVars } from '../../control/env-vars/list.ts'
import { field } from '../field.ts'

export const envVarQueries = {
  envVars: field(listEnvVars, ({ namespace, service }: { namespace: string; service?: string | null }) => ({
    namespace,
    service: service ?? undefined,
  })),
}
