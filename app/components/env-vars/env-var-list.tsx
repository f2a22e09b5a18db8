'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { unsetEnvVarsMutation } from '../../lib/documents.ts'
import { type EnvVar, type EnvVarChange, mayDeploy, type Role } from '../../lib/model.ts'
import { Badge } from '../ui/badge.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EditIcon, TrashIcon } from '../ui/icons.tsx'
import { Ago } from '../ui/time.tsx'
import { toast } from '../ui/toast.tsx'
import { EnvVarForm } from './env-var-form.tsx'
import { EnvVarValue } from './env-var-value.tsx'

/** Without a service: those of the namespace. */
type ListProps = { namespace: string; service?: string; role: Role; variables: EnvVar[] }

export function EnvVarList({ namespace, service, role, variables }: ListProps) {
  const router = useRouter()
  const [editing, setEditing] = useState<EnvVar | 'new'>()
  const [removing, setRemoving] = useState<EnvVar>()
  const owner = { namespace, ...(service ? { service } : {}) }
  const isOwn = ({ origin }: EnvVar) => origin === (service ? 'SERVICE' : 'NAMESPACE')
  const done = (change: EnvVarChange) => {
    toast(outcome(change, service))
    router.refresh()
  }
  return (
    <Card>
      <ul className="divide-y divide-line">
        {variables.map((variable) => (
          <li key={variable.name} className="flex min-h-13 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
            <Name variable={variable} isOwn={isOwn(variable)} />
            <div className="min-w-0 flex-1 basis-56">
              <EnvVarValue owner={variable.origin === 'NAMESPACE' ? { namespace } : owner} variable={variable} role={role} />
            </div>
            <Changed variable={variable} />
            {mayDeploy(role) && (
              <div className="ml-auto flex w-16 justify-end">
                {variable.state !== 'REMOVED' && (
                  <IconButton label={`${isOwn(variable) ? 'Edit' : 'Override'} ${variable.name}`} onClick={() => setEditing(variable)}>
                    <EditIcon />
                  </IconButton>
                )}
                {variable.state !== 'REMOVED' && isOwn(variable) && (
                  <IconButton label={`Delete ${variable.name}`} onClick={() => setRemoving(variable)}>
                    <TrashIcon />
                  </IconButton>
                )}
              </div>
            )}
          </li>
        ))}
        {variables.length === 0 && <li className="px-4 py-3 text-muted">None yet.</li>}
        {mayDeploy(role) && (
          <li className="px-4 py-2.5">
            <Button size="small" onClick={() => setEditing('new')}>
              Add a variable
            </Button>
          </li>
        )}
      </ul>
      <Dialog open={editing !== undefined} onClose={() => setEditing(undefined)} title={titleOf(editing, isOwn)}>
        <EnvVarForm owner={owner} variable={editing === 'new' ? undefined : editing} onDone={done} onClose={() => setEditing(undefined)} />
      </Dialog>
      <ConfirmDialog
        open={removing !== undefined}
        onClose={() => setRemoving(undefined)}
        title={`Delete ${removing?.name}?`}
        verb="Delete"
        danger
        action={async () => {
          done((await call<{ change: EnvVarChange }>(unsetEnvVarsMutation, { ...owner, names: [removing?.name] })).change)
        }}
      >
        {service
          ? 'A new release without it is rolled out. What the namespace or micro.yaml says of it holds again.'
          : 'New releases without it are rolled out to the services that were given it.'}
      </ConfirmDialog>
    </Card>
  )
}

function Name({ variable: { name, kind, delivery, origin }, isOwn }: { variable: EnvVar; isOwn: boolean }) {
  const from = { SOURCE: 'from the source', NAMESPACE: 'namespace', SERVICE: 'service' }
  return (
    <div className="flex w-full min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 sm:w-56">
      <span className="font-mono text-[13px] font-medium break-all">{name}</span>
      {kind === 'SECRET' && <Badge>{delivery === 'FILE' ? 'secret file' : 'secret'}</Badge>}
      {!isOwn && <Badge>{from[origin]}</Badge>}
    </div>
  )
}

function Changed({ variable: { state, updatedAt, updatedBy } }: { variable: EnvVar }) {
  return (
    <div className="text-[13px] text-muted sm:w-40 sm:text-right">
      {state === 'PENDING' && <p className="text-warn">with the next release</p>}
      {state === 'REMOVED' && <p className="text-warn">until the next release</p>}
      {updatedAt && (
        <p className="truncate">
          <Ago at={updatedAt} /> by {updatedBy}
        </p>
      )}
    </div>
  )
}

function titleOf(editing: EnvVar | 'new' | undefined, isOwn: (variable: EnvVar) => boolean): string {
  if (editing === undefined || editing === 'new') return 'Add a variable'
  return `${isOwn(editing) ? 'Edit' : 'Override'} ${editing.name}`
}

function outcome({ changed, deployments }: EnvVarChange, service: string | undefined): string {
  if (changed.length === 0 && deployments.length === 0) return 'Nothing changed.'
  if (deployments.length === 0) return 'Saved.'
  if (service) return 'Saved. A new release is rolled out.'
  return deployments.length === 1 ? 'Saved. A service gets a new release.' : `Saved. ${deployments.length} services get new releases.`
}
