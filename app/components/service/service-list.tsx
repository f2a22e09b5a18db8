'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { servicesSubscription } from '../../lib/documents.ts'
import { useSubscription } from '../../lib/live/use-live.tsx'
import type { ServiceRow } from '../../lib/model.ts'
import { isUnderWay, tellsOfFailure } from '../../lib/model.ts'
import { Button } from '../ui/button.tsx'
import { Card, EmptyState } from '../ui/card.tsx'
import { GitIcon, TerminalIcon } from '../ui/icons.tsx'
import { Snippet } from '../ui/snippet.tsx'
import { DeploymentStatus, ServiceStatus } from '../ui/status.tsx'
import { Ago } from '../ui/time.tsx'
import { DeployDialog } from './deploy-dialog.tsx'

type ListProps = { namespace: string; url: string; mayDeploy: boolean; initial: ServiceRow[] }

/** The services of a namespace, as they are now. */
export function ServiceList({ namespace, url, mayDeploy, initial }: ListProps) {
  const { services } = useSubscription(servicesSubscription, { namespace }, { services: initial }).data
  const [deploying, setDeploying] = useState(false)
  const router = useRouter()
  return (
    <>
      <div className="mb-4 flex items-center justify-between gap-4">
        <div className="min-w-0 flex-1">
          <h1 className="text-lg font-semibold tracking-tight">Services</h1>
          <p className="truncate font-mono text-xs text-muted">{url}</p>
        </div>
        {mayDeploy && (
          <Button tone="primary" onClick={() => setDeploying(true)}>
            <GitIcon className="size-3.5" /> Deploy from git
          </Button>
        )}
      </div>
      {services.length === 0 ? <NoServices mayDeploy={mayDeploy} /> : <Rows namespace={namespace} services={services} />}
      <DeployDialog
        namespace={namespace}
        open={deploying}
        onClose={() => setDeploying(false)}
        onStarted={(name, id) => router.push(`/n/${namespace}/${name}/deployments/${id}`)}
      />
    </>
  )
}

function Rows({ namespace, services }: { namespace: string; services: ServiceRow[] }) {
  return (
    <Card>
      <ul className="divide-y divide-line">
        {services.map((service) => (
          <li
            key={service.id}
            className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 first:rounded-t-lg last:rounded-b-lg hover:bg-hover"
          >
            <div className="min-w-0 basis-full sm:flex-1 sm:basis-0">
              <div className="flex items-center gap-2">
                <Link
                  href={`/n/${namespace}/${service.name}`}
                  prefetch={false}
                  className="truncate font-semibold after:absolute after:inset-0 after:rounded-[inherit] focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
                >
                  {service.name}
                </Link>
                {service.liveRelease && <span className="text-xs text-muted">v{service.liveRelease.version}</span>}
              </div>
              <p className="truncate font-mono text-xs text-muted">{service.source}</p>
              {service.stateDetail && service.state !== 'STOPPED' && (
                <p className={`mt-0.5 text-[13px] ${service.state === 'FAILED' ? 'text-bad' : 'text-warn'}`}>{service.stateDetail}</p>
              )}
              <LastDeployment service={service} />
            </div>
            <div className="min-w-28">
              <ServiceStatus state={service.state} />
            </div>
            <div className="w-16 text-[13px] text-muted" title="Instances that answer, of those wanted">
              {service.instancesReady} / {service.instancesWanted}
              <span className="sr-only"> instances answer</span>
            </div>
            <Ago at={service.updatedAt} className="ml-auto text-right text-[13px] text-muted sm:w-28" />
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** A deployment is worth a line while it goes on, and when it failed beside a release that still answers. */
function LastDeployment({ service }: { service: ServiceRow }) {
  const { lastDeployment: last, state } = service
  if (!last || (state === 'DEPLOYING' && last.state === 'QUEUED')) return null
  if (!isUnderWay(last.state) && (last.state !== 'FAILED' || tellsOfFailure(service))) return null
  return (
    <p className="mt-1 flex flex-wrap items-center gap-x-2 text-[13px] text-muted">
      Last deployment: <DeploymentStatus state={last.state} />
      {last.reason && <span className="min-w-0">{last.reason}</span>}
    </p>
  )
}

function NoServices({ mayDeploy }: { mayDeploy: boolean }) {
  if (!mayDeploy) return <EmptyState icon={<TerminalIcon />} title="No services yet" />
  return (
    <EmptyState icon={<TerminalIcon />} title="Run your first service">
      <p>From a directory on your machine, or deploy one from git.</p>
      <div className="mt-4 space-y-2 text-left">
        <Snippet text="micro login" />
        <Snippet text="micro new helloworld" />
        <Snippet text="micro run ./helloworld" />
      </div>
      <p className="mt-4 text-[13px]">It shows up here by itself.</p>
    </EmptyState>
  )
}
