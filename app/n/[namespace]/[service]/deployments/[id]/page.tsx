import { notFound } from 'next/navigation'
import { DeploymentDetail } from '../../../../../components/deployments/deployment-detail.tsx'
import { deploymentQuery } from '../../../../../lib/documents.ts'
import type { WatchedDeployment } from '../../../../../lib/model.ts'
import { need } from '../../../../../lib/server/graphql.ts'

type Props = { params: Promise<{ namespace: string; service: string; id: string }> }

export default async function DeploymentPage({ params }: Props) {
  const { namespace, service, id } = await params
  const { deployment } = await need<{ deployment: WatchedDeployment & { service: { name: string } } }>(deploymentQuery, { namespace, id })
  if (deployment.service.name !== service) notFound()
  return <DeploymentDetail key={id} initial={deployment} />
}
