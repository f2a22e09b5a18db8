import { DeploymentList } from '../../../../components/deployments/deployment-list.tsx'

export default function DeploymentsPage() {
  return <DeploymentList />
}
