'use client'

import type { Instance } from '../../lib/model.ts'
import { Card } from '../ui/card.tsx'
import { InstanceStatus } from '../ui/status.tsx'
import { Ago } from '../ui/time.tsx'
import { useService } from './service-context.tsx'

export function InstanceList() {
  const { service } = useService()
  if (service.instances.length === 0)
    return <p className="text-muted">None runs{service.instancesWanted === 0 ? ': the service is scaled to 0' : ''}.</p>
  return (
    <Card>
      <ul className="divide-y divide-line">
        {service.instances.map((instance) => (
          <Row key={instance.id} instance={instance} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ instance: { id, version, state, detail, restarts, startedAt } }: { instance: Instance }) {
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5 text-[13px]">
      <span className="w-40">
        <InstanceStatus state={state} />
      </span>
      <span className="w-10 text-muted">v{version}</span>
      <span className="min-w-0 flex-1 basis-40 truncate font-mono text-xs text-muted" title={id}>
        {id}
      </span>
      {detail && <span className="basis-full text-bad sm:basis-auto">{detail}</span>}
      {restarts > 0 && (
        <span className="text-muted">
          {restarts} restart{restarts === 1 ? '' : 's'}
        </span>
      )}
      {startedAt && <Ago at={startedAt} className="text-muted sm:w-24 sm:text-right" />}
    </li>
  )
}
