import type { ReactNode } from 'react'
import { Logo } from './logo.tsx'

/** A whole page that says one thing: not found, not allowed, something failed. */
export function MessagePage({ title, children, actions }: { title: string; children: ReactNode; actions: ReactNode }) {
  return (
    <main id="main" className="mx-auto flex min-h-dvh max-w-md flex-col items-center justify-center gap-4 p-6 text-center">
      <Logo />
      <h1 className="mt-4 text-xl font-semibold tracking-tight">{title}</h1>
      <div className="text-muted">{children}</div>
      <div className="mt-2 flex flex-wrap justify-center gap-2">{actions}</div>
    </main>
  )
}
