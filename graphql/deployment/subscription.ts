import { watchDeployment } from '../../control/deployments/watch.ts'
import { subscription } from '../field.ts'

export const deploymentSubscriptions = {
  deployment: subscription(watchDeployment, (args: { namespace: string; id: string }) => args),
}
