import type { ReactNode } from 'react'
import { Page } from '../../../components/shell/header.tsx'
import { Tabs } from '../../../components/ui/tabs.tsx'

type Props = { params: Promise<{ namespace: string }>; children: ReactNode }

export default async function NamespaceTabsLayout({ params, children }: Props) {
  const { namespace } = await params
  const base = `/n/${namespace}`
  return (
    <>
      <div className="border-b border-line bg-panel">
        <div className="mx-auto max-w-5xl px-4">
          <Tabs
            label="Namespace"
            tabs={[
              { href: base, label: 'Services', exact: true },
              { href: `${base}/settings`, label: 'Settings' },
            ]}
          />
        </div>
      </div>
      <Page>{children}</Page>
    </>
  )
}
