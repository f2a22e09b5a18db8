'use client'

import { type FormEvent, useState } from 'react'
import { call } from '../../lib/call.ts'
import { deployMutation } from '../../lib/documents.ts'
import { parseSource } from '../../lib/git-source.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import { Field } from '../ui/field.tsx'
import { ProblemNotice } from '../ui/notice.tsx'

type DeployProps = { namespace: string; open: boolean; onClose: () => void; onStarted: (service: string, deployment: string) => void }

export function DeployDialog({ open, onClose, ...rest }: DeployProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Deploy from git">
      <DeployForm onClose={onClose} {...rest} />
    </Dialog>
  )
}

function DeployForm({ namespace, onClose, onStarted }: Omit<DeployProps, 'open'>) {
  const { run, pending, problem } = useAction()
  const [source, setSource] = useState('')
  const [ref, setRef] = useState('')
  const [directory, setDirectory] = useState('')
  const [name, setName] = useState('')
  const git = parseSource(source, ref, directory)
  const service = name || git.suggestedName
  const submit = (event: FormEvent) => {
    event.preventDefault()
    return run(async () => {
      const input = { url: git.url, ref: git.ref, directory: git.directory }
      const { deployment } = await call<{ deployment: { id: string } }>(deployMutation, { namespace, name: service, git: input })
      onClose()
      onStarted(service, deployment.id)
    })
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      <Field
        label="Repository"
        value={source}
        onChange={(event) => setSource(event.target.value)}
        placeholder="github.com/owner/repo/folder@main"
        hint="An https address, with a folder and @branch, tag or commit if you like. For a private one, add its credentials in the settings."
        required
        autoCapitalize="none"
        spellCheck={false}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Branch, tag or commit"
          value={ref}
          onChange={(event) => setRef(event.target.value.trim())}
          placeholder={git.ref ?? 'default branch'}
          spellCheck={false}
        />
        <Field
          label="Folder"
          value={directory}
          onChange={(event) => setDirectory(event.target.value.trim())}
          placeholder={git.directory ?? 'the root'}
          spellCheck={false}
        />
      </div>
      <Field
        label="Name of the service"
        value={name}
        onChange={(event) => setName(event.target.value.trim().toLowerCase())}
        placeholder={git.suggestedName || 'helloworld'}
        maxLength={30}
        required={!git.suggestedName}
        autoCapitalize="none"
        spellCheck={false}
      />
      <ProblemNotice problem={problem} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" tone="primary" pending={pending}>
          Deploy
        </Button>
      </DialogActions>
    </form>
  )
}
