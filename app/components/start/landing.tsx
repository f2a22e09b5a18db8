import type { ReactNode } from 'react'
import { Logo } from '../shell/logo.tsx'
import { ThemeToggle } from '../shell/theme.tsx'
import { LinkButton } from '../ui/button.tsx'
import { TenCommands } from './ten-commands.tsx'

export function Landing({ publicUrl }: { publicUrl: string }) {
  return (
    <>
      <header className="mx-auto flex h-14 max-w-5xl items-center justify-between px-4">
        <Logo />
        <div className="flex items-center gap-1">
          <ThemeToggle />
          <LinkButton href="/login" tone="ghost" prefetch={false}>
            Log in
          </LinkButton>
          <LinkButton href="/signup" tone="primary" prefetch={false}>
            Sign up
          </LinkButton>
        </div>
      </header>
      <main id="main" className="mx-auto max-w-5xl px-4">
        <section className="grid items-start gap-x-12 gap-y-10 py-12 sm:py-20 lg:grid-cols-[5fr_6fr]">
          <div className="lg:pt-6">
            <h1 className="text-4xl leading-[1.1] font-semibold tracking-tight text-balance sm:text-5xl">
              From source to running, in one command.
            </h1>
            <p className="mt-5 max-w-md text-base text-muted">
              Micro builds a directory or a git repository, starts it, and gives it an address. In any language, over HTTP or gRPC, on this
              server.
            </p>
            <div className="mt-7 flex flex-wrap gap-2">
              <LinkButton href="/signup" tone="primary" size="large" prefetch={false}>
                Create an account
              </LinkButton>
              <LinkButton href="/login" size="large" prefetch={false}>
                Log in
              </LinkButton>
            </div>
          </div>
          <TenCommands publicUrl={publicUrl} />
        </section>
        <section aria-label="What it does" className="grid gap-x-12 gap-y-8 border-t border-line py-12 sm:grid-cols-3">
          <Point title="Deploys that lose no request">
            A new release answers requests only once it is healthy. If it isn't, the old one goes on serving and you are told why.
          </Point>
          <Point title="Back in a second">Releases never change. A rollback starts an earlier one again, without a build.</Point>
          <Point title="One service, every protocol">
            An RPC service answers HTTP/JSON, gRPC, gRPC-Web and Connect, and has a command of its own.
          </Point>
        </section>
      </main>
    </>
  )
}

function Point({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <h2 className="font-semibold">{title}</h2>
      <p className="mt-1.5 text-muted">{children}</p>
    </div>
  )
}
