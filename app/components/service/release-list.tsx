'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { rollbackMutation } from '../../lib/documents.ts'
import { bytes } from '../../lib/format.ts'
import { mayDeploy } from '../../lib/model.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card, EmptyState } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { RollbackIcon } from '../ui/icons.tsx'
import { Ago } from '../ui/time.tsx'
import { useService } from './service-context.tsx'

export function ReleaseList() {
  const { namespace, role, service } = useService()
  const router = useRouter()
  const [version, setVersion] = useState<number>()
  if (service.releases.length === 0) {
    return (
      <EmptyState title="No releases yet">
        A release is made when a build succeeds; it never changes, so you can always go back to it.
      </EmptyState>
    )
  }
  return (
    <>
      <Card>
        <ul className="divide-y divide-line">
          {service.releases.map((release) => (
            <li key={release.version} className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <div className="flex w-24 items-center gap-2 font-semibold">
                v{release.version} {release.live && <Badge tone="ok">live</Badge>}
              </div>
              <div className="min-w-0 flex-1 basis-52">
                <p className="truncate font-mono text-xs">{release.source}</p>
                <p className="text-[13px] text-muted">
                  {release.detected} · {release.kept ? bytes(release.artifactBytes) : 'files removed to free the disk'}
                </p>
                <VariableNames names={release.variables} />
              </div>
              <p className="text-[13px] text-muted">
                <Ago at={release.createdAt} />
                {release.creator && ` by ${release.creator}`}
              </p>
              <div className="ml-auto flex w-24 justify-end">
                {!release.live && release.kept && mayDeploy(role) && (
                  <Button size="small" onClick={() => setVersion(release.version)} aria-label={`Roll back to v${release.version}`}>
                    <RollbackIcon className="size-3.5" /> Roll back
                  </Button>
                )}
              </div>
            </li>
          ))}
        </ul>
      </Card>
      <ConfirmDialog
        open={version !== undefined}
        onClose={() => setVersion(undefined)}
        title={`Roll back to v${version}?`}
        verb={`Roll back to v${version}`}
        action={async () => {
          const { deployment } = await call<{ deployment: { id: string } }>(rollbackMutation, { namespace, name: service.name, version })
          router.push(`/n/${namespace}/${service.name}/deployments/${deployment.id}`)
        }}
      >
        v{version} is started again without a build and takes over once it is healthy. No request is lost.
      </ConfirmDialog>
    </>
  )
}

/** What a release was given; the values stay where they are. */
function VariableNames({ names }: { names: string[] }) {
  if (names.length === 0) return null
  return (
    <details className="text-[13px] text-muted">
      <summary className="w-fit rounded hover:text-ink">{names.length === 1 ? '1 variable' : `${names.length} variables`}</summary>
      <p className="font-mono text-xs break-words">{names.join(', ')}</p>
    </details>
  )
}
