'use client'

import { type FormEvent, useState } from 'react'
import { authenticate } from '../../lib/auth.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Field, PasswordField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'

/** @param prefix,suffix what stands around a namespace in its address */
export function SignUpForm({ prefix, suffix }: { prefix: string; suffix: string }) {
  const { run, pending, problem } = useAction()
  const [namespace, setNamespace] = useState('')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    return run(async () => {
      await authenticate('signup', { email: `${data.get('email')}`.trim(), password: `${data.get('password')}`, namespace })
      location.assign('/')
    })
  }
  const atField = problem?.field?.split('.').at(-1)
  const errorOf = (name: string) => (atField === name ? `${problem?.message} ${problem?.hint ?? ''}`.trim() : undefined)
  const shownElsewhere = atField === 'email' || atField === 'password' || atField === 'namespace'
  return (
    <form method="post" onSubmit={submit} className="space-y-4">
      <Field label="E-mail" name="email" type="email" autoComplete="email" required autoFocus error={errorOf('email')} />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={256}
        hint="At least 8 characters."
        error={errorOf('password')}
      />
      <Field
        label="Namespace (optional)"
        name="namespace"
        value={namespace}
        onChange={(event) => setNamespace(event.target.value.trim().toLowerCase())}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={20}
        placeholder="brave-otter-42"
        error={errorOf('namespace')}
        hint={
          <>
            {namespace ? 'Your services will answer at ' : 'Your services live in it. Leave it empty and you get a generated one, such as '}
            <span className="font-mono break-all">
              {prefix}
              {namespace || 'brave-otter-42'}
              {suffix}
            </span>
          </>
        }
      />
      <ProblemNotice problem={shownElsewhere ? undefined : problem} />
      <Button type="submit" tone="primary" size="large" className="w-full" pending={pending}>
        Sign up
      </Button>
    </form>
  )
}
