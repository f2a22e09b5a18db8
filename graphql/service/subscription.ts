import { watchService, watchServices } from '../../control/services/watch.ts'
import { subscription } from '../field.ts'

export const serviceSubscriptions = {
  services: subscription(watchServices, ({ namespace }: { namespace: string }) => ({ namespace })),
  service: subscription(watchService, ({ namespace, name }: { namespace: string; name: string }) => ({ namespace, service: name })),
}
