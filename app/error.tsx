'use client'

import { MessagePage } from './components/shell/message-page.tsx'
import { Button, LinkButton } from './components/ui/button.tsx'

type ErrorPageProps = { error: Error & { digest?: string }; reset: () => void }

export default function ErrorPage({ error, reset }: ErrorPageProps) {
  return (
    <MessagePage
      title="This page could not be shown"
      actions={
        <>
          <Button tone="primary" onClick={reset}>
            Try again
          </Button>
          <LinkButton href="/">Go to your services</LinkButton>
        </>
      }
    >
      <p>Something failed on the server or on the way to it. Your services go on running.</p>
      {error.digest && <p className="mt-2 text-xs">Reference for the server's log: {error.digest}</p>}
    </MessagePage>
  )
}
