'use client'

import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { scaleMutation } from '../../lib/documents.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'
import { useService } from './service-context.tsx'

export function ScaleDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { service } = useService()
  return (
    <Dialog open={open} onClose={onClose} title={`Scale ${service.name}`}>
      <ScaleForm onClose={onClose} />
    </Dialog>
  )
}

function ScaleForm({ onClose }: { onClose: () => void }) {
  const { namespace, service } = useService()
  const { run, pending, problem } = useAction()
  const [wanted, setWanted] = useState(`${service.instancesWanted}`)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const instances = Number(wanted)
    const done = await run(async () => {
      await call(scaleMutation, { namespace, name: service.name, instances })
    })
    if (!done) return
    toast(instances === 0 ? `${service.name} is being stopped.` : `${service.name} is being scaled to ${instances}.`)
    onClose()
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label="Instances"
        type="number"
        min={0}
        max={10}
        required
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
        hint="From 0 to 10. 0 stops the service and keeps it: its releases stay, and it can be scaled up again."
      />
      <ProblemNotice problem={problem} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" pending={pending}>
          Scale
        </Button>
      </DialogActions>
    </form>
  )
}
