'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { cancelRunMutation, createRunMutation, runLogSubscription, runSubscription } from '../../lib/documents.ts'
import { useLines } from '../../lib/live/use-lines.ts'
import { useSubscription } from '../../lib/live/use-live.tsx'
import { isRunning, isRunUnderWay, type Run } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { LogView } from '../log/log-view.tsx'
import { useService } from '../service/service-context.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Section } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { BackIcon } from '../ui/icons.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { RunStatus } from '../ui/status.tsx'
import { Ago, Elapsed, Moment } from '../ui/time.tsx'
import { originOf } from './job-list.tsx'

const stillUnderWay = ({ run }: { run: Run }) => isRunUnderWay(run)

/** One run from its beginning to its end, watched as it goes. */
export function JobDetail({ initial }: { initial: Run }) {
  const { namespace, service } = useService()
  const live = useSubscription(runSubscription, { namespace, id: initial.id }, { run: initial }, { underWay: stillUnderWay })
  const { run } = live.data
  const failed = run.state === 'FAILED' || run.state === 'TIMED_OUT'
  return (
    <>
      <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <LinkButton
          href={`/n/${namespace}/${service.name}/jobs`}
          tone="ghost"
          size="small"
          prefetch={false}
          className="-ml-2"
          aria-label="All jobs"
        >
          <BackIcon />
        </LinkButton>
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-x-3 font-semibold">
            <span className="font-mono text-[13px] break-all">{run.command}</span>
            <RunStatus run={run} />
          </h2>
          <p className="mt-0.5 text-[13px] text-muted">
            {originOf(run)} · <Ago at={run.createdAt} />
          </p>
        </div>
        <Actions run={run} />
      </div>
      {run.reason && (
        <div className="mb-5">
          <Notice tone={failed ? 'bad' : 'info'} title={run.reason} />
        </div>
      )}
      <Facts run={run} />
      {run.state !== 'SKIPPED' && (
        <Section title="Output">
          <Printed run={run} />
        </Section>
      )}
    </>
  )
}

function Facts({ run }: { run: Run }) {
  const { exitCode, signal, outOfMemory, startedAt, endedAt, dueAt, timeoutMs } = run
  const ended = exitCode !== null ? `code ${exitCode}` : signal ? `${signal}${outOfMemory ? ', out of memory' : ''}` : '–'
  return (
    <dl className="mb-8 grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-4">
      <Fact name="Exit">{ended}</Fact>
      <Fact name="Took">
        <Elapsed from={startedAt} to={endedAt} running={isRunning(run)} />
      </Fact>
      <Fact name="Time-out">{timeoutMs >= 3_600_000 ? `${timeoutMs / 3_600_000} h` : `${timeoutMs / 60_000} min`}</Fact>
      <Fact name={dueAt ? 'Due' : 'Started'}>{dueAt ? <Moment at={dueAt} /> : startedAt ? <Moment at={startedAt} /> : '–'}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="bg-panel px-4 py-2.5">
      <dt className="text-xs text-muted">{name}</dt>
      <dd className="text-[13px] font-medium">{children}</dd>
    </div>
  )
}

function Printed({ run }: { run: Run }) {
  const { namespace } = useService()
  const underWay = isRunUnderWay(run)
  const { buffer, error } = useLines(runLogSubscription, { namespace, run: run.id }, underWay)
  const empty =
    run.state === 'QUEUED'
      ? 'It waits for its turn…'
      : underWay
        ? 'Nothing was printed so far.'
        : 'Nothing was printed, or it is not kept any more.'
  return (
    <>
      <ProblemNotice problem={error?.problem} />
      <LogView label="Output" blocks={buffer.blocks} wrap empty={empty} className={underWay ? 'h-96' : 'max-h-[36rem] min-h-24'} />
    </>
  )
}

function Actions({ run }: { run: Run }) {
  const { namespace, service } = useService()
  const router = useRouter()
  const again = useAction()
  const [canceling, setCanceling] = useState(false)
  const underWay = isRunUnderWay(run) && !run.stopping
  const what = run.entry ? { entry: run.entry } : run.argv ? { command: run.argv, timeoutMs: run.timeoutMs } : undefined
  const runAgain = () =>
    again.run(async () => {
      const { run: begun } = await call<{ run: { id: string } }>(createRunMutation, { namespace, service: service.name, ...what })
      router.push(`/n/${namespace}/${service.name}/jobs/${begun.id}`)
    })
  return (
    <div className="max-w-full">
      {underWay && <Button onClick={() => setCanceling(true)}>Cancel job</Button>}
      {!isRunUnderWay(run) && run.kind !== 'RELEASE' && what && (
        <Button onClick={runAgain} pending={again.pending}>
          Run again
        </Button>
      )}
      {run.deploymentId && (
        <LinkButton href={`/n/${namespace}/${service.name}/deployments/${run.deploymentId}`} prefetch={false} className="ml-2">
          Deployment
        </LinkButton>
      )}
      <ProblemNotice problem={again.problem} />
      <ConfirmDialog
        open={canceling && underWay}
        onClose={() => setCanceling(false)}
        title="Cancel this job?"
        verb="Cancel job"
        danger
        action={async () => {
          await call(cancelRunMutation, { namespace, id: run.id })
        }}
      >
        It is told to end, and killed ten seconds later. {run.kind === 'RELEASE' && 'Its deployment fails.'}
      </ConfirmDialog>
    </div>
  )
}
