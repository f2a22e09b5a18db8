'use client'

import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { deleteNamespaceMutation } from '../../lib/documents.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'

export function DeleteNamespace({ namespace }: { namespace: string }) {
  const [open, setOpen] = useState(false)
  return (
    <Card className="flex flex-wrap items-center justify-between gap-4 p-4">
      <p className="text-muted">Stops and deletes every service in it, with releases and logs.</p>
      <Button onClick={() => setOpen(true)} tone="caution">
        Delete namespace
      </Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Delete ${namespace}?`}
        verb="Delete namespace"
        danger
        typed={namespace}
        action={async () => {
          await call(deleteNamespaceMutation, { name: namespace })
          location.assign('/')
        }}
      >
        All its services stop answering at once. This can't be undone.
      </ConfirmDialog>
    </Card>
  )
}
