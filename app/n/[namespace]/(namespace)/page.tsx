import type { Metadata } from 'next'
import { ServiceList } from '../../../components/service/service-list.tsx'
import { servicesQuery } from '../../../lib/documents.ts'
import { mayDeploy, type ServiceRow } from '../../../lib/model.ts'
import { need } from '../../../lib/server/graphql.ts'
import { loadNamespace } from '../../../lib/server/load.ts'

type Props = { params: Promise<{ namespace: string }> }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).namespace }
}

export default async function ServicesPage({ params }: Props) {
  const { namespace } = await params
  const [{ role, url }, { services }] = await Promise.all([
    loadNamespace(namespace),
    need<{ services: ServiceRow[] }>(servicesQuery, { namespace }),
  ])
  return <ServiceList namespace={namespace} url={url} mayDeploy={mayDeploy(role)} initial={services} />
}
