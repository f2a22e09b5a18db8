import type { Metadata } from 'next'
import Link from 'next/link'
import { PasswordForm } from '../components/account/password-form.tsx'
import { SessionList } from '../components/account/session-list.tsx'
import { Header, Page } from '../components/shell/header.tsx'
import { Card, Section } from '../components/ui/card.tsx'
import { Ago } from '../components/ui/time.tsx'
import { sessionsQuery } from '../lib/documents.ts'
import type { Session } from '../lib/model.ts'
import { need } from '../lib/server/graphql.ts'
import { requireUser } from '../lib/server/session.ts'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage() {
  const [me, { sessions }] = await Promise.all([requireUser(), need<{ sessions: Session[] }>(sessionsQuery)])
  return (
    <>
      <Header me={me} />
      <Page>
        <h1 className="mb-6 text-lg font-semibold tracking-tight">Account</h1>
        <Section title="Profile">
          <Card>
            <dl className="grid grid-cols-[auto_1fr] gap-x-8 gap-y-2 px-4 py-3">
              <dt className="text-muted">User name</dt>
              <dd className="break-all">{me.username}</dd>
              <dt className="text-muted">E-mail</dt>
              <dd className="break-all">{me.email ?? 'none'}</dd>
              <dt className="text-muted">Joined</dt>
              <dd>
                <Ago at={me.createdAt} />
              </dd>
            </dl>
          </Card>
        </Section>
        <Section title="Namespaces">
          <Card>
            <ul className="divide-y divide-line">
              {me.memberships.map(({ namespace, role }) => (
                <li key={namespace.name} className="flex items-center gap-4 px-4 py-2.5">
                  <Link href={`/n/${namespace.name}`} prefetch={false} className="min-w-0 flex-1 truncate font-medium hover:underline">
                    {namespace.name}
                  </Link>
                  <span className="text-[13px] text-muted">{namespace.plan} plan</span>
                  <span className="w-20 text-right text-[13px] text-muted">{role.toLowerCase()}</span>
                </li>
              ))}
              {me.memberships.length === 0 && <li className="px-4 py-3 text-muted">You are not a member of any namespace.</li>}
            </ul>
          </Card>
        </Section>
        <Section title="Password" detail="A new password ends your sessions elsewhere.">
          <PasswordForm username={me.email ?? me.username} />
        </Section>
        <Section title="Sessions" detail="Browsers and command lines that are logged in as you.">
          <SessionList initial={sessions} />
        </Section>
      </Page>
    </>
  )
}
