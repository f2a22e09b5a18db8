'use client'

import Link from 'next/link'
import { isRunning, type Run } from '../../lib/model.ts'
import { useService } from '../service/service-context.tsx'
import { Card, EmptyState } from '../ui/card.tsx'
import { TerminalIcon } from '../ui/icons.tsx'
import { Snippet } from '../ui/snippet.tsx'
import { RunStatus } from '../ui/status.tsx'
import { Ago, Elapsed } from '../ui/time.tsx'

export function JobList({ runs }: { runs: Run[] }) {
  const { service } = useService()
  if (runs.length === 0) {
    return (
      <EmptyState icon={<TerminalIcon />} title="Nothing ran yet">
        <div className="mt-3 text-left">
          <Snippet text={`micro exec ${service.name} -- COMMAND`} />
        </div>
      </EmptyState>
    )
  }
  return (
    <Card>
      <ul className="divide-y divide-line">
        {runs.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ run }: { run: Run }) {
  const { namespace, service } = useService()
  const { id, state, command, reason, startedAt, endedAt, createdAt } = run
  return (
    <li className="relative flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3 first:rounded-t-lg last:rounded-b-lg hover:bg-hover">
      <div className="w-28">
        <RunStatus run={run} />
      </div>
      <div className="min-w-0 flex-1 basis-60">
        <Link
          href={`/n/${namespace}/${service.name}/jobs/${id}`}
          prefetch={false}
          title={command}
          className="block truncate font-mono text-[13px] after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {command}
        </Link>
        <p className="text-[13px] text-muted">{originOf(run)}</p>
        {reason && <p className={`text-[13px] ${state === 'FAILED' || state === 'TIMED_OUT' ? 'text-bad' : 'text-muted'}`}>{reason}</p>}
      </div>
      <span className="w-20 text-[13px] text-muted" title="How long it took">
        <Elapsed from={startedAt} to={endedAt} running={isRunning(run)} />
      </span>
      <Ago at={createdAt} className="ml-auto text-[13px] text-muted sm:w-24 sm:text-right" />
    </li>
  )
}

/** What began it, in a few words. */
export function originOf({ kind, entry, creator, version }: Run): string {
  const what = { RELEASE: 'release command', EXEC: 'micro exec', JOB: 'job', CRON: `cron entry ${entry}` }[kind]
  return `${what} in v${version}${creator ? ` by ${creator}` : ''}`
}
