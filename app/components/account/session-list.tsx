'use client'

import { useRouter } from 'next/navigation'
import { call } from '../../lib/call.ts'
import { clientName } from '../../lib/client-name.ts'
import { revokeSessionMutation } from '../../lib/documents.ts'
import type { Session } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { MonitorIcon, TerminalIcon } from '../ui/icons.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { Ago } from '../ui/time.tsx'

export function SessionList({ initial }: { initial: Session[] }) {
  return (
    <Card>
      <ul className="divide-y divide-line">
        {initial.map((session) => (
          <Row key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  )
}

function Row({ session: { id, kind, client, lastSeenAt, createdAt, current } }: { session: Session }) {
  const { run, pending, problem } = useAction()
  const router = useRouter()
  const name = clientName(client, kind)
  const revoke = () =>
    run(async () => {
      await call(revokeSessionMutation, { id })
      router.refresh()
    })
  return (
    <li className="px-4 py-2.5">
      <div className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-muted">{kind === 'CLI' ? <TerminalIcon /> : <MonitorIcon />}</span>
        <span className="min-w-0 flex-1 basis-48 truncate" title={client ?? undefined}>
          {name} {current && <Badge tone="accent">this one</Badge>}
        </span>
        <span className="text-[13px] text-muted">
          seen <Ago at={lastSeenAt} />, began <Ago at={createdAt} />
        </span>
        <span className="ml-auto flex justify-end sm:w-20">
          {!current && (
            <Button size="small" onClick={revoke} pending={pending} aria-label={`End the session of ${name}`}>
              End
            </Button>
          )}
        </span>
      </div>
      <ProblemNotice problem={problem} />
    </li>
  )
}
