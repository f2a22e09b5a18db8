'use client'

import type { ReactNode } from 'react'
import { examplesOf } from '../../lib/example.ts'
import { bytes } from '../../lib/format.ts'
import { type Endpoint, tellsOfFailure } from '../../lib/model.ts'
import { Badge } from '../ui/badge.tsx'
import { Card, Section } from '../ui/card.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { Notice } from '../ui/notice.tsx'
import { Snippet } from '../ui/snippet.tsx'
import { Ago } from '../ui/time.tsx'
import { InstanceList } from './instance-list.tsx'
import { LastDeployment } from './last-deployment.tsx'
import { useService } from './service-context.tsx'

export function Overview({ endpoints }: { endpoints: Endpoint[] }) {
  const { service } = useService()
  const { liveRelease: live } = service
  return (
    <>
      <div className="mb-8 space-y-3 empty:hidden">
        <WhyNotRunning />
        <LastDeployment />
      </div>
      <div>
        <Section title="Address">
          <Card className="divide-y divide-line">
            <Address label="Through the namespace" url={service.url} />
            <Address label="A host of its own" url={service.hostUrl} />
          </Card>
        </Section>
        {live && (
          <Section title="How to call it">
            <div className="space-y-2">
              {examplesOf(service, endpoints).map(({ label, command }) => (
                <Snippet key={label} label={`${label} command`} text={command} />
              ))}
            </div>
          </Section>
        )}
        <Section title="Instances" detail={`${service.instancesReady} of ${service.instancesWanted} wanted answer requests`}>
          <InstanceList />
        </Section>
        <Section title="Current release">
          {live ? (
            <Card>
              <dl className="grid gap-px overflow-hidden rounded-lg bg-line sm:grid-cols-2">
                <Fact label="Release">
                  v{live.version} <Badge tone="ok">live</Badge>
                </Fact>
                <Fact label="Created">
                  <Ago at={live.createdAt} /> {live.creator && <span className="text-muted">by {live.creator}</span>}
                </Fact>
                <Fact label="Source">
                  <span className="font-mono text-xs break-all">{live.source}</span>
                </Fact>
                <Fact label="Recognised as">
                  {live.detected} <span className="text-muted">· {bytes(live.artifactBytes)}</span>
                </Fact>
              </dl>
            </Card>
          ) : (
            <p className="text-muted">Nothing has gone live yet.</p>
          )}
        </Section>
      </div>
    </>
  )
}

function WhyNotRunning() {
  const { service } = useService()
  const { state, stateDetail } = service
  if (!stateDetail || state === 'RUNNING' || tellsOfFailure(service)) return null // the line below tells, and leads to more
  const tone = state === 'FAILED' ? 'bad' : state === 'DEGRADED' ? 'warn' : 'info'
  return <Notice tone={tone} title={stateDetail} />
}

function Address({ label, url }: { label: string; url: string }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 px-4 py-2">
      <span className="w-44 text-[13px] text-muted">{label}</span>
      <a href={url} target="_blank" rel="noreferrer" className="min-w-0 flex-1 basis-52 font-mono text-[13px] break-all hover:underline">
        {url}
      </a>
      <CopyButton text={url} label={`Copy ${url}`} />
    </div>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="bg-panel px-4 py-3">
      <dt className="text-xs text-muted">{label}</dt>
      <dd className="mt-0.5">{children}</dd>
    </div>
  )
}
