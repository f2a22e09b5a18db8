'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { deleteServiceMutation, restartMutation, updateMutation } from '../../lib/documents.ts'
import { mayDeploy } from '../../lib/model.ts'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { GitIcon, MoreIcon, RestartIcon, ScaleIcon, TrashIcon } from '../ui/icons.tsx'
import { Menu, MenuItem, MenuSeparator } from '../ui/menu.tsx'
import { ScaleDialog } from './scale-dialog.tsx'
import { useService } from './service-context.tsx'

/** What can be done to a service. Whoever may not, doesn't see it. */
export function ServiceActions() {
  const { namespace, role, service } = useService()
  const router = useRouter()
  const [open, setOpen] = useState<'restart' | 'update' | 'scale' | 'delete'>()
  if (!mayDeploy(role)) return null

  const close = () => setOpen(undefined)
  const variables = { namespace, name: service.name }
  const deploy = async (document: string) => {
    const { deployment } = await call<{ deployment: { id: string } }>(document, variables)
    router.push(`/n/${namespace}/${service.name}/deployments/${deployment.id}`)
  }
  const fromGit = !/^[./]/.test(service.source)
  return (
    <>
      <Menu
        label="Actions"
        button={<MoreIcon />}
        buttonClassName="inline-flex size-8 items-center justify-center rounded-md border border-line-strong bg-panel text-muted hover:bg-hover hover:text-ink"
      >
        <MenuItem onSelect={() => setOpen('restart')} disabled={!service.liveRelease}>
          <RestartIcon /> Restart
        </MenuItem>
        <MenuItem onSelect={() => setOpen('scale')}>
          <ScaleIcon /> Scale
        </MenuItem>
        {fromGit && (
          <MenuItem onSelect={() => setOpen('update')}>
            <GitIcon /> Deploy again from git
          </MenuItem>
        )}
        <MenuSeparator />
        <MenuItem danger onSelect={() => setOpen('delete')}>
          <TrashIcon /> Delete
        </MenuItem>
      </Menu>
      <ConfirmDialog
        open={open === 'restart'}
        onClose={close}
        title={`Restart ${service.name}?`}
        verb="Restart"
        action={() => deploy(restartMutation)}
      >
        Each instance is replaced by a new one of v{service.liveRelease?.version}. No request is lost.
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'update'}
        onClose={close}
        title={`Deploy ${service.name} again?`}
        verb="Deploy"
        action={() => deploy(updateMutation)}
      >
        <span className="font-mono break-all">{service.source}</span> is fetched as it is now, built, and takes over once it is healthy.
      </ConfirmDialog>
      <ConfirmDialog
        open={open === 'delete'}
        onClose={close}
        title={`Delete ${service.name}?`}
        verb="Delete service"
        danger
        typed={service.name}
        action={async () => {
          await call(deleteServiceMutation, variables)
          router.push(`/n/${namespace}`)
        }}
      >
        It stops answering at once. Its releases and logs are deleted with it; this can't be undone.
      </ConfirmDialog>
      <ScaleDialog open={open === 'scale'} onClose={close} />
    </>
  )
}
