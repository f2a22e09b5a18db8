'use client'

import { useRouter } from 'next/navigation'
import { call } from '../../lib/call.ts'
import { createRunMutation } from '../../lib/documents.ts'
import { type CronEntry, mayDeploy } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { useService } from '../service/service-context.tsx'
import { Button } from '../ui/button.tsx'
import { Card, Section } from '../ui/card.tsx'
import { PlayIcon } from '../ui/icons.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { Moment } from '../ui/time.tsx'

/** Nothing where there are none: they are written in the source, not here. */
export function CronList({ entries }: { entries: CronEntry[] }) {
  if (entries.length === 0) return null
  return (
    <Section title="Cron entries" detail="Of micro.yaml, as long as this release is live.">
      <Card>
        <ul className="divide-y divide-line">
          {entries.map((entry) => (
            <Row key={entry.name} entry={entry} />
          ))}
        </ul>
      </Card>
    </Section>
  )
}

const overlaps: Record<CronEntry['overlap'], string> = {
  SKIP: 'skipped while one runs',
  QUEUE: 'waits while one runs',
  REPLACE: 'replaces one that runs',
}

function Row({ entry: { name, schedule, timezone, command, overlap, nextTimes } }: { entry: CronEntry }) {
  const { namespace, role, service } = useService()
  const router = useRouter()
  const { run, pending, problem } = useAction()
  const [next] = nextTimes
  const runNow = () =>
    run(async () => {
      const { run } = await call<{ run: { id: string } }>(createRunMutation, { namespace, service: service.name, entry: name })
      router.push(`/n/${namespace}/${service.name}/jobs/${run.id}`)
    })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap gap-x-3">
          <span className="font-medium">{name}</span>
          <span className="font-mono text-[13px] text-muted">{schedule}</span>
          <span className="text-[13px] text-muted">{timezone}</span>
        </p>
        <p className="truncate font-mono text-xs text-muted" title={command}>
          {command}
        </p>
        <ProblemNotice problem={problem} />
      </div>
      <div className="text-[13px] text-muted sm:text-right">
        <p>{next ? <Moment at={next} prefix="next " /> : 'never again'}</p>
        <p className="text-xs">{overlaps[overlap]}</p>
      </div>
      {mayDeploy(role) && (
        <Button size="small" onClick={runNow} pending={pending} aria-label={`Run ${name} now`}>
          <PlayIcon className="size-3" /> Run now
        </Button>
      )}
    </li>
  )
}
