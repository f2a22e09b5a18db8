import type { Metadata } from 'next'
import Link from 'next/link'
import { redirect } from 'next/navigation'
import { SignUpForm } from '../../components/account/sign-up-form.tsx'
import { currentUser, installation } from '../../lib/server/session.ts'

export const metadata: Metadata = { title: 'Sign up' }

export default async function SignUpPage() {
  const [user, { domain, publicUrl }] = await Promise.all([currentUser(), installation()])
  if (user) redirect('/')
  const { protocol, port } = new URL(publicUrl)
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">Create your account</h1>
      <p className="mt-1 mb-6 text-muted">
        Have one already?{' '}
        <Link href="/login" className="font-medium text-accent hover:underline">
          Log in
        </Link>
      </p>
      <SignUpForm prefix={`${protocol}//`} suffix={`.${domain}${port && `:${port}`}`} />
    </>
  )
}
