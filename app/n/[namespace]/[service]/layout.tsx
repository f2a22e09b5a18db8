import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { ServiceProvider } from '../../../components/service/service-context.tsx'
import { ServiceHead } from '../../../components/service/service-head.tsx'
import { Page } from '../../../components/shell/header.tsx'
import { loadNamespace, loadService } from '../../../lib/server/load.ts'

type Props = { params: Promise<{ namespace: string; service: string }>; children: ReactNode }

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: (await params).service }
}

export default async function ServiceLayout({ params, children }: Props) {
  const { namespace, service } = await params
  const [{ role }, initial] = await Promise.all([loadNamespace(namespace), loadService(namespace, service)])
  return (
    <ServiceProvider key={initial.id} namespace={namespace} role={role} initial={initial}>
      <ServiceHead />
      <Page>{children}</Page>
    </ServiceProvider>
  )
}
