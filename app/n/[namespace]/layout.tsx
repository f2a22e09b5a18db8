import type { ReactNode } from 'react'
import { Crumbs } from '../../components/shell/crumbs.tsx'
import { Header } from '../../components/shell/header.tsx'
import { LiveHint } from '../../components/shell/live-hint.tsx'
import { Shortcuts } from '../../components/shell/shortcuts.tsx'
import { LiveProvider } from '../../lib/live/use-live.tsx'
import { requireUser } from '../../lib/server/session.ts'

type Props = { params: Promise<{ namespace: string }>; children: ReactNode }

export default async function NamespaceLayout({ params, children }: Props) {
  const [{ namespace }, me] = await Promise.all([params, requireUser()])
  return (
    <LiveProvider userId={me.id}>
      <Header me={me} crumbs={<Crumbs namespace={namespace} memberships={me.memberships} />} hint={<LiveHint />} />
      <Shortcuts namespace={namespace} />
      {children}
    </LiveProvider>
  )
}
