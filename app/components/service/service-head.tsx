'use client'

import { Badge } from '../ui/badge.tsx'
import { buttonClass } from '../ui/button.tsx'
import { ExternalIcon } from '../ui/icons.tsx'
import { ServiceStatus } from '../ui/status.tsx'
import { Tabs } from '../ui/tabs.tsx'
import { ServiceActions } from './service-actions.tsx'
import { useService } from './service-context.tsx'

/** Name, status, actions and tabs: on top of each page of a service. */
export function ServiceHead() {
  const { namespace, service } = useService()
  const base = `/n/${namespace}/${service.name}`
  return (
    <div className="border-b border-line bg-panel">
      <div className="mx-auto max-w-5xl px-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2 pt-5 pb-3">
          <h1 className="min-w-0 truncate text-lg font-semibold tracking-tight">{service.name}</h1>
          <ServiceStatus state={service.state} />
          {service.liveRelease && <Badge>v{service.liveRelease.version}</Badge>}
          {!service.public && <Badge>private</Badge>}
          <div className="ml-auto flex items-center gap-2">
            {service.liveRelease && service.protocol === 'HTTP' && (
              <a href={service.hostUrl} target="_blank" rel="noreferrer" className={buttonClass('secondary')}>
                Open <ExternalIcon className="size-3.5" />
              </a>
            )}
            <ServiceActions />
          </div>
        </div>
        <Tabs
          label="Service"
          tabs={[
            { href: base, label: 'Overview', exact: true },
            { href: `${base}/deployments`, label: 'Deployments' },
            { href: `${base}/releases`, label: 'Releases' },
            { href: `${base}/jobs`, label: 'Jobs' },
            { href: `${base}/variables`, label: 'Variables' },
            { href: `${base}/logs`, label: 'Logs' },
            { href: `${base}/endpoints`, label: 'Endpoints' },
          ]}
        />
      </div>
    </div>
  )
}
