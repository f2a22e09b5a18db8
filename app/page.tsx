import { cookies } from 'next/headers'
import { redirect } from 'next/navigation'
import { FirstNamespace } from './components/namespace/first-namespace.tsx'
import { Header, Page } from './components/shell/header.tsx'
import { Landing } from './components/start/landing.tsx'
import { currentUser, installation } from './lib/server/session.ts'

/** The landing page; for those who are logged in, the namespace that they looked at last. */
export default async function StartPage() {
  const me = await currentUser()
  if (!me) return <Landing publicUrl={(await installation()).publicUrl} />
  const last = (await cookies()).get('micro-namespace')?.value
  const [first] = me.memberships
  const member = me.memberships.find(({ namespace }) => namespace.name === last) ?? first
  if (member) redirect(`/n/${member.namespace.name}`)
  return (
    <>
      <Header me={me} />
      <Page>
        <FirstNamespace />
      </Page>
    </>
  )
}
