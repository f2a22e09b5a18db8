import { getDeployment } from '../../control/deployments/get.ts'
import { field } from '../field.ts'

export const deploymentQueries = {
  deployment: field(getDeployment, (args: { namespace: string; id: string }) => args),
}
