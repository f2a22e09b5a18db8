'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { curlOf, examplesOf, microOf, microStreamOf } from '../../lib/example.ts'
import type { Endpoint, Field } from '../../lib/model.ts'
import { Badge } from '../ui/badge.tsx'
import { Card, EmptyState } from '../ui/card.tsx'
import { Snippet } from '../ui/snippet.tsx'
import { useService } from './service-context.tsx'

export function EndpointList({ endpoints }: { endpoints: Endpoint[] }) {
  const { service } = useService()
  useFreshPage(service.liveRelease?.version)
  if (!service.liveRelease)
    return <EmptyState title="Nothing is live yet">The endpoints of a release are shown when it has gone live.</EmptyState>
  if (endpoints.length === 0) {
    return (
      <EmptyState title="An HTTP service">
        <p>It answers every path below its address in its own way; there are no RPC methods to list.</p>
        <div className="mt-4 text-left">
          {examplesOf(service, []).map(({ label, command }) => (
            <Snippet key={label} text={command} />
          ))}
        </div>
      </EmptyState>
    )
  }
  return (
    <div className="space-y-4">
      {endpoints.map((endpoint) => (
        <EndpointCard key={endpoint.path} endpoint={endpoint} />
      ))}
    </div>
  )
}

/** Endpoints are rendered on the server: another release means another page. */
function useFreshPage(version: number | undefined): void {
  const router = useRouter()
  const rendered = useRef(version)
  useEffect(() => {
    if (rendered.current === version) return
    rendered.current = version
    router.refresh()
  }, [version, router])
}

function EndpointCard({ endpoint }: { endpoint: Endpoint }) {
  const { service } = useService()
  const { name, path, description, clientStreaming, serverStreaming, request, response } = endpoint
  return (
    <Card className="p-4">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="font-semibold">{name}</h2>
        {clientStreaming && <Badge tone="accent">client stream</Badge>}
        {serverStreaming && <Badge tone="accent">server stream</Badge>}
      </div>
      <p className="font-mono text-xs break-all text-muted">{path}</p>
      {description && <p className="mt-2 whitespace-pre-line">{description}</p>}
      <div className="my-4 grid gap-4 sm:grid-cols-2">
        <Fields title="Request" fields={request} />
        <Fields title="Response" fields={response} />
      </div>
      {clientStreaming ? (
        <p className="text-[13px] text-muted">
          It reads a stream of requests: call it with a gRPC client, or by <code>{microStreamOf(service.name, endpoint)}</code>, which sends
          each line of its input.
        </p>
      ) : (
        <div className="space-y-2">
          <Snippet label={`curl command for ${name}`} text={curlOf(service.url, endpoint).command} />
          <Snippet label={`micro command for ${name}`} text={microOf(service.name, endpoint).command} />
        </div>
      )}
    </Card>
  )
}

function Fields({ title, fields }: { title: string; fields: Field[] }) {
  return (
    <div>
      <h3 className="mb-1.5 text-xs font-medium text-muted">{title}</h3>
      {fields.length === 0 && <p className="text-[13px] text-faint">No fields</p>}
      <dl className="space-y-1.5">
        {fields.map(({ name, type, description }) => (
          <div key={name}>
            <dt className="font-mono text-[13px]">
              {name} <span className="text-accent">{type}</span>
            </dt>
            {description && <dd className="text-[13px] text-muted">{description}</dd>}
          </div>
        ))}
      </dl>
    </div>
  )
}
