import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { LogInForm } from '../../components/account/log-in-form.tsx'
import { Notice } from '../../components/ui/notice.tsx'
import { safeNext } from '../../lib/auth.ts'
import { currentUser, installation } from '../../lib/server/session.ts'

export const metadata: Metadata = { title: 'Log in' }

type Props = { searchParams: Promise<{ next?: string; error?: string }> }

export default async function LogInPage({ searchParams }: Props) {
  const { next, error } = await searchParams
  const [user, { defaultLogin }] = await Promise.all([currentUser(), installation()])
  if (user) redirect(safeNext(next))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">Log in</h1>
      <p className="mt-1 mb-6 text-muted">
        New here?{' '}
        <Link href="/signup" className="font-medium text-accent hover:underline">
          Create an account
        </Link>
      </p>
      {error !== undefined && (
        <div className="mb-4">
          <Notice tone="bad" title="The log-in did not work.">
            Try again.
          </Notice>
        </div>
      )}
      <LogInForm next={safeNext(next)} />
      {defaultLogin && (
        <div className="mt-6">
          <Notice title="This server listens on this machine only">
            You can log in as <b>admin</b> with the password <b>micro</b>.
          </Notice>
        </div>
      )}
    </>
  )
}
