import { restart } from '../../control/releases/redeploy.ts'
import { deleteService } from '../../control/services/delete.ts'
import { scale } from '../../control/services/scale.ts'
import { field } from '../field.ts'

type Args = { namespace: string; name: string }

export const serviceMutations = {
  restartService: field(restart, ({ namespace, name }: Args) => ({ namespace, service: name })),
  scaleService: field(scale, ({ namespace, name, instances }: Args & { instances: number }) => ({ namespace, service: name, instances })),
  deleteService: field(deleteService, ({ namespace, name }: Args) => ({ namespace, service: name })),
}
