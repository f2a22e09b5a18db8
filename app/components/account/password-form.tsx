'use client'

import { useRouter } from 'next/navigation'
import type { FormEvent } from 'react'
import { call } from '../../lib/call.ts'
import { setPasswordMutation } from '../../lib/documents.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { PasswordField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'

export function PasswordForm({ username }: { username: string }) {
  const { run, pending, problem } = useAction()
  const router = useRouter()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const done = await run(async () => {
      await call(setPasswordMutation, { currentPassword: `${data.get('current')}`, newPassword: `${data.get('new')}` })
    })
    if (!done) return
    form.reset()
    toast('Your password was changed.')
    router.refresh()
  }
  return (
    <Card className="p-4">
      <form method="post" onSubmit={submit} className="max-w-sm space-y-4">
        {/* Tells password managers whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordField label="Current password" name="current" autoComplete="current-password" required />
        <PasswordField
          label="New password"
          name="new"
          autoComplete="new-password"
          required
          minLength={8}
          maxLength={256}
          hint="At least 8 characters."
        />
        <ProblemNotice problem={problem} />
        <Button type="submit" pending={pending}>
          Change password
        </Button>
      </form>
    </Card>
  )
}
