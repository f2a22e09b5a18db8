'use client'

import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { createNamespaceMutation } from '../../lib/documents.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'

type DialogProps = { open: boolean; onClose: () => void; onCreated: (name: string) => void }

export function NewNamespaceDialog({ open, onClose, onCreated }: DialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title="New namespace">
      <NewNamespaceForm
        onCancel={onClose}
        onCreated={(name) => {
          onClose()
          onCreated(name)
        }}
      />
    </Dialog>
  )
}

export function NewNamespaceForm({ onCancel, onCreated }: { onCancel?: () => void; onCreated: (name: string) => void }) {
  const { run, pending, problem } = useAction()
  const [name, setName] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    return run(async () => {
      const { createNamespace } = await call<{ createNamespace: { name: string } }>(createNamespaceMutation, { name: name || null })
      onCreated(createNamespace.name)
    })
  }
  return (
    <form onSubmit={submit}>
      <Field
        label="Name (optional)"
        value={name}
        onChange={(event) => setName(event.target.value.trim().toLowerCase())}
        maxLength={20}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        placeholder="brave-otter-42"
        error={problem && `${problem.message} ${problem.hint ?? ''}`.trim()}
        hint="Lower-case letters, digits and hyphens, at most 20. Left empty, one is generated. You become its owner."
      />
      <DialogActions>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button type="submit" tone="primary" pending={pending}>
          Create namespace
        </Button>
      </DialogActions>
    </form>
  )
}
