import type { ReactNode } from 'react'
import { Logo } from '../components/shell/logo.tsx'
import { ThemeToggle } from '../components/shell/theme.tsx'

/** Pages for those who are not logged in. */
export default function StartLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="flex h-14 items-center justify-between px-4">
        <Logo />
        <ThemeToggle />
      </header>
      <main id="main" className="mx-auto w-full max-w-sm flex-1 px-4 pt-[8vh] pb-16">
        {children}
      </main>
    </div>
  )
}
