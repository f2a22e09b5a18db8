'use client'

import { useEffect, useRef, useState } from 'react'
import { call } from '../../lib/call.ts'
import { cronQuery, runsSubscription } from '../../lib/documents.ts'
import { useSubscription } from '../../lib/live/use-live.tsx'
import { type CronEntry, mayDeploy, type Run } from '../../lib/model.ts'
import { useService } from '../service/service-context.tsx'
import { Button } from '../ui/button.tsx'
import { Section } from '../ui/card.tsx'
import { PlayIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { CronList } from './cron-list.tsx'
import { JobList } from './job-list.tsx'
import { RunDialog } from './run-dialog.tsx'

type JobsProps = { runs: Run[]; entries: CronEntry[] }

/** What runs at certain times, and what runs and ran beside the service. */
export function Jobs({ runs, entries }: JobsProps) {
  const { role } = useService()
  return mayDeploy(role) ? <LiveJobs runs={runs} entries={entries} /> : <Shown entries={entries} />
}

function Shown({ entries }: { entries: CronEntry[] }) {
  return (
    <>
      <CronList entries={entries} />
      <Section title="Jobs">
        <Notice title="What ran, and what it printed, is not shown to viewers.">It is for those who may run commands themselves.</Notice>
      </Section>
    </>
  )
}

function LiveJobs({ runs: initial, entries }: JobsProps) {
  const { namespace, service } = useService()
  const { runs } = useSubscription(runsSubscription, { namespace, service: service.name }, { runs: initial }).data
  const [asking, setAsking] = useState(false)
  return (
    <>
      <CronList entries={useEntries(entries, runs)} />
      <Section
        title="Jobs"
        detail="Commands that run to their end, each in an instance of its own."
        action={
          service.liveRelease && (
            <Button onClick={() => setAsking(true)}>
              <PlayIcon className="size-3.5" /> Run a command
            </Button>
          )
        }
      >
        <JobList runs={runs} />
      </Section>
      <RunDialog open={asking} onClose={() => setAsking(false)} />
    </>
  )
}

/** Asked for again when another release is live, and when a time has come: a run was begun then. */
function useEntries(initial: CronEntry[], runs: Run[]): CronEntry[] {
  const { namespace, service } = useService()
  const [entries, setEntries] = useState(initial)
  const changed = `${service.liveRelease?.version} ${runs.find(({ dueAt }) => dueAt)?.id}`
  const seen = useRef(changed)
  useEffect(() => {
    if (changed === seen.current) return
    seen.current = changed
    // What is shown stays when it cannot be asked for: the live connection says so already.
    call<{ entries: CronEntry[] }>(cronQuery, { namespace, service: service.name }).then(
      (found) => setEntries(found.entries),
      () => undefined,
    )
  }, [namespace, service.name, changed])
  return entries
}
