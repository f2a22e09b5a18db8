'use client'

import type { FormEvent } from 'react'
import { authenticate } from '../../lib/auth.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Field, PasswordField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'

export function LogInForm({ next }: { next: string }) {
  const { run, pending, problem } = useAction()
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    return run(async () => {
      await authenticate('login', { login: `${data.get('login')}`.trim(), password: `${data.get('password')}` })
      // A full load: everything that the browser holds was made for nobody.
      location.assign(next)
    })
  }
  return (
    <form method="post" onSubmit={submit} className="space-y-4">
      <Field label="E-mail or user name" name="login" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus />
      <PasswordField label="Password" name="password" autoComplete="current-password" required />
      <ProblemNotice problem={problem} />
      <Button type="submit" tone="primary" size="large" className="w-full" pending={pending}>
        Log in
      </Button>
    </form>
  )
}
