'use client'

import Link from 'next/link'
import { isUnderWay } from '../../lib/model.ts'
import { Card } from '../ui/card.tsx'
import { DeploymentStatus } from '../ui/status.tsx'
import { useService } from './service-context.tsx'

/** Shown while it goes on, and when it failed. */
export function LastDeployment() {
  const { namespace, service } = useService()
  const last = service.lastDeployment
  if (!last || (!isUnderWay(last.state) && last.state !== 'FAILED')) return null
  return (
    <Card className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-3">
      <DeploymentStatus state={last.state} />
      <span className="min-w-0 flex-1 basis-60 text-[13px]">
        {last.reason ?? <span className="text-muted">A deployment is under way.</span>}
        {last.state === 'FAILED' && service.liveRelease && (
          <span className="text-muted"> v{service.liveRelease.version} goes on serving.</span>
        )}
      </span>
      <Link
        href={`/n/${namespace}/${service.name}/deployments/${last.id}`}
        prefetch={false}
        className="text-[13px] font-medium text-accent hover:underline"
      >
        See the deployment
      </Link>
    </Card>
  )
}
