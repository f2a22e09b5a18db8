'use client'

import Link from 'next/link'
import { type Deployment, isNewestLive, isUnderWay } from '../../lib/model.ts'
import { useService } from '../service/service-context.tsx'
import { Card, EmptyState } from '../ui/card.tsx'
import { TerminalIcon } from '../ui/icons.tsx'
import { Snippet } from '../ui/snippet.tsx'
import { DeploymentStatus } from '../ui/status.tsx'
import { Ago, Elapsed } from '../ui/time.tsx'

export function DeploymentList() {
  const { service } = useService()
  if (service.deployments.length === 0) {
    return (
      <EmptyState icon={<TerminalIcon />} title="No deployments yet">
        <div className="mt-3 text-left">
          <Snippet text={`micro run ${service.source}`} />
        </div>
      </EmptyState>
    )
  }
  return (
    <Card>
      <ul className="divide-y divide-line">
        {service.deployments.map((deployment) => (
          <Row key={deployment.id} deployment={deployment} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ deployment }: { deployment: Deployment }) {
  const { namespace, service } = useService()
  const { id, state, reason, release, source, trigger, creator, createdAt, endedAt } = deployment
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 first:rounded-t-lg last:rounded-b-lg hover:bg-hover">
      <div className="w-28">
        <DeploymentStatus state={state} live={isNewestLive(deployment, service)} />
      </div>
      <div className="min-w-0 flex-1 basis-60">
        <p>
          <Link
            href={`/n/${namespace}/${service.name}/deployments/${id}`}
            prefetch={false}
            className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            <span className="capitalize">{trigger}</span>
            {release && <span> v{release.version}</span>}
          </Link>
          {creator && <span className="text-muted"> by {creator}</span>}
        </p>
        <p className="truncate font-mono text-xs text-muted">{source}</p>
        {reason && <p className={`mt-0.5 text-[13px] ${state === 'FAILED' ? 'text-bad' : 'text-muted'}`}>{reason}</p>}
      </div>
      <span className="w-20 text-[13px] text-muted" title="How long it took">
        <Elapsed from={createdAt} to={endedAt} running={isUnderWay(state)} />
      </span>
      <Ago at={createdAt} className="ml-auto text-[13px] text-muted sm:w-24 sm:text-right" />
    </li>
  )
}
