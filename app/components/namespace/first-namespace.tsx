'use client'

import { useRouter } from 'next/navigation'
import { NewNamespaceForm } from '../shell/new-namespace-dialog.tsx'
import { Card } from '../ui/card.tsx'

/** For a user who is a member of nothing, having deleted what there was. */
export function FirstNamespace() {
  const router = useRouter()
  return (
    <div className="mx-auto max-w-md pt-8">
      <h1 className="text-lg font-semibold tracking-tight">Create a namespace</h1>
      <p className="mt-1 mb-5 text-muted">Services live in a namespace, and you are not a member of any.</p>
      <Card className="p-4">
        <NewNamespaceForm onCreated={(name) => router.push(`/n/${name}`)} />
      </Card>
    </div>
  )
}
