import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Me } from '../../lib/model.ts'
import { AccountMenu } from './account-menu.tsx'
import { Logo, Mark } from './logo.tsx'
import { ThemeToggle } from './theme.tsx'

/** The bar on top of everything that one sees when logged in. */
export function Header({ me, crumbs, hint }: { me: Me; crumbs?: ReactNode; hint?: ReactNode }) {
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-panel">
      <div className="mx-auto flex h-13 max-w-5xl items-center gap-1 px-4">
        {crumbs ? (
          <Link href="/" prefetch={false} aria-label="Micro: your services" className="mr-1">
            <Mark />
          </Link>
        ) : (
          <Logo />
        )}
        <div className="flex min-w-0 flex-1 items-center">{crumbs}</div>
        {hint}
        <ThemeToggle />
        <AccountMenu username={me.username} email={me.email} />
      </div>
    </header>
  )
}

export function Page({ children }: { children: ReactNode }) {
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-5xl px-4 pt-6 pb-20 focus:outline-none">
      {children}
    </main>
  )
}
