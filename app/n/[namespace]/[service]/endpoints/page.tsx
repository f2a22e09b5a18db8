import { EndpointList } from '../../../../components/service/endpoint-list.tsx'
import { endpointsQuery } from '../../../../lib/documents.ts'
import type { Endpoint } from '../../../../lib/model.ts'
import { need } from '../../../../lib/server/graphql.ts'

type Props = { params: Promise<{ namespace: string; service: string }> }

export default async function EndpointsPage({ params }: Props) {
  const { namespace, service: name } = await params
  const { service } = await need<{ service: { endpoints: Endpoint[] } }>(endpointsQuery, { namespace, name })
  return <EndpointList endpoints={service.endpoints} />
}
