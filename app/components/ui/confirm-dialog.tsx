'use client'

import { type ReactNode, useState } from 'react'
import { useAction } from '../../lib/use-action.ts'
import { Button } from './button.tsx'
import { Dialog, DialogActions } from './dialog.tsx'
import { Field } from './field.tsx'
import { ProblemNotice } from './notice.tsx'

type ConfirmProps = {
  open: boolean
  onClose: () => void
  title: string
  children: ReactNode
  /** What the button says: the verb of what happens. */
  verb: string
  danger?: boolean
  /** A name that has to be typed first, for what can't be undone. */
  typed?: string
  action: () => Promise<void>
}

export function ConfirmDialog({ open, onClose, title, children, verb, danger = false, typed, action }: ConfirmProps) {
  const { run, pending, problem, clear } = useAction()
  const [text, setText] = useState('')
  const close = () => {
    clear()
    setText('')
    onClose()
  }
  const submit = async (event: React.FormEvent) => {
    event.preventDefault()
    if (await run(action)) close()
  }
  return (
    <Dialog open={open} onClose={close} title={title}>
      <form onSubmit={submit} className="space-y-4">
        <div className="text-muted">{children}</div>
        {typed && (
          <Field
            label={`Type ${typed} to confirm`}
            value={text}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
        <ProblemNotice problem={problem} />
        <DialogActions>
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" tone={danger ? 'danger' : 'primary'} pending={pending} disabled={typed !== undefined && text !== typed}>
            {verb}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
