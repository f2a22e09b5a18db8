import { getService } from '../../control/services/get.ts'
import { listServices } from '../../control/services/list.ts'
import { field } from '../field.ts'

export const serviceQueries = {
  services: field(listServices, ({ namespace }: { namespace: string }) => ({ namespace })),
  service: field(getService, ({ namespace, name }: { namespace: string; name: string }) => ({ namespace, service: name })),
}
