'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { splitWords } from '../../lib/command-line.ts'
import { createRunMutation } from '../../lib/documents.ts'
import { useAction } from '../../lib/use-action.ts'
import { useService } from '../service/service-context.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field, SelectField } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'

export function RunDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog open={open} onClose={onClose} title="Run a command">
      <RunForm onClose={onClose} />
    </Dialog>
  )
}

const timeouts = { '5 minutes': 300_000, '1 hour': 3_600_000, '6 hours': 21_600_000, '24 hours': 86_400_000 }

function RunForm({ onClose }: { onClose: () => void }) {
  const { namespace, service } = useService()
  const router = useRouter()
  const { run, pending, problem } = useAction()
  const [text, setText] = useState('')
  const [timeout, setTimeout] = useState(`${timeouts['1 hour']}`)
  const words = splitWords(text)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    return run(async () => {
      const input = { namespace, service: service.name, command: words, timeoutMs: Number(timeout) }
      const { run } = await call<{ run: { id: string } }>(createRunMutation, input)
      onClose()
      router.push(`/n/${namespace}/${service.name}/jobs/${run.id}`)
    })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label="Command"
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="npm run seed"
        hint="A program and its arguments, in a new instance of the live release. There is no shell: quotes keep words together, nothing else is special."
        error={words === undefined ? 'A quote is not closed.' : undefined}
        required
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
      />
      <SelectField label="Stop it after" value={timeout} onChange={(event) => setTimeout(event.target.value)}>
        {Object.entries(timeouts).map(([label, ms]) => (
          <option key={ms} value={ms}>
            {label}
          </option>
        ))}
      </SelectField>
      <ProblemNotice problem={problem} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" pending={pending} disabled={words === undefined}>
          Run
        </Button>
      </DialogActions>
    </form>
  )
}
