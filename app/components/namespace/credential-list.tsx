'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { deleteCredentialMutation, setCredentialMutation } from '../../lib/documents.ts'
import type { Credential } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, PasswordField } from '../ui/field.tsx'
import { KeyIcon } from '../ui/icons.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'

type ListProps = { namespace: string; initial: Credential[]; mayChange: boolean }

export function CredentialList({ namespace, initial, mayChange }: ListProps) {
  const router = useRouter()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<string>()
  return (
    <Card>
      <ul className="divide-y divide-line">
        {initial.map(({ host, username, updatedAt }) => (
          <li key={host} className="flex min-h-13 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
            <KeyIcon className="size-4 text-muted" />
            <span className="min-w-0 flex-1 basis-40 font-mono text-[13px] break-all">{host}</span>
            <span className="text-[13px] text-muted">
              {username}, set <Ago at={updatedAt} />
            </span>
            {mayChange && (
              <Button size="small" onClick={() => setRemoving(host)} aria-label={`Remove the credential of ${host}`}>
                Remove
              </Button>
            )}
          </li>
        ))}
        {initial.length === 0 && <li className="px-4 py-3 text-muted">None. Public repositories need none.</li>}
        {mayChange && (
          <li className="px-4 py-2.5">
            <Button size="small" onClick={() => setAdding(true)}>
              Add a credential
            </Button>
          </li>
        )}
      </ul>
      <Dialog open={adding} onClose={() => setAdding(false)} title="Git credential">
        <CredentialForm namespace={namespace} onClose={() => setAdding(false)} />
      </Dialog>
      <ConfirmDialog
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Remove the credential of ${removing}?`}
        verb="Remove"
        danger
        action={async () => {
          await call(deleteCredentialMutation, { namespace, host: removing })
          router.refresh()
        }}
      >
        Deployments from private repositories of this host will fail until there is another one.
      </ConfirmDialog>
    </Card>
  )
}

function CredentialForm({ namespace, onClose }: { namespace: string; onClose: () => void }) {
  const { run, pending, problem } = useAction()
  const router = useRouter()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const text = (name: string) => `${data.get(name)}`.trim()
    const done = await run(async () => {
      await call(setCredentialMutation, { namespace, host: text('host'), username: text('username') || null, secret: text('secret') })
    })
    if (!done) return
    onClose()
    router.refresh()
  }
  return (
    <form method="post" onSubmit={submit} className="space-y-4">
      <Field label="Host" name="host" placeholder="github.com" required autoCapitalize="none" spellCheck={false} />
      <Field
        label="User name (optional)"
        name="username"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        hint="With an access token most hosts don't need one."
      />
      <PasswordField
        label="Access token or password"
        name="secret"
        autoComplete="off"
        required
        hint="Replaces the one that the host has now, if any."
      />
      <ProblemNotice problem={problem} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" pending={pending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}
