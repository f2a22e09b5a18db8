'use client'

import { isUnderWay, type WatchedDeployment } from '../../lib/model.ts'
import { CheckIcon, CloseIcon } from '../ui/icons.tsx'
import { Elapsed } from '../ui/time.tsx'

type Stage = { name: string; from: string | null; to: string | null; state: 'todo' | 'busy' | 'done' | 'failed' | 'skipped' }

/** Where a deployment is, and how long each part took. */
export function Stages({ deployment }: { deployment: WatchedDeployment }) {
  const stages = stagesOf(deployment)
  return (
    <ol
      className={`mb-8 grid gap-px overflow-hidden rounded-lg border border-line bg-line ${stages.length === 4 ? 'sm:grid-cols-4' : 'sm:grid-cols-3'}`}
    >
      {stages.map(({ name, from, to, state }) => (
        <li key={name} aria-current={state === 'busy' ? 'step' : undefined} className="flex items-center gap-2.5 bg-panel px-4 py-3">
          <StageMark state={state} />
          <span className={`flex-1 font-medium ${state === 'todo' || state === 'skipped' ? 'text-faint' : ''}`}>
            {name}
            <span className="sr-only"> ({state})</span>
          </span>
          <span className="text-[13px] text-muted">
            {state === 'skipped' ? 'not needed' : <Elapsed from={from} to={to} running={state === 'busy'} />}
          </span>
        </li>
      ))}
    </ol>
  )
}

/**
 * A rollback, restart or scaling has no build, and few deployments have a release command; what ended without success ended in the stage that
 * had begun last.
 */
function stagesOf({ state, createdAt, endedAt, ...began }: WatchedDeployment): Stage[] {
  const { buildStartedAt, releaseStartedAt, releaseEndedAt, rolloutStartedAt } = began
  const release = { name: 'Release', from: releaseStartedAt, to: releaseEndedAt ?? endedAt }
  const times: Pick<Stage, 'name' | 'from' | 'to'>[] = [
    { name: 'Queue', from: createdAt, to: buildStartedAt ?? releaseStartedAt ?? rolloutStartedAt ?? endedAt },
    { name: 'Build', from: buildStartedAt, to: releaseStartedAt ?? rolloutStartedAt ?? endedAt },
    ...(releaseStartedAt ? [release] : []),
    { name: 'Start', from: rolloutStartedAt, to: endedAt },
  ]
  const last = times.findLastIndex(({ from }) => from !== null)
  return times.map((stage, at) => {
    if (at > last) return { ...stage, state: 'todo' }
    if (!stage.from) return { ...stage, state: 'skipped' }
    if (at < last || state === 'LIVE') return { ...stage, state: 'done' }
    return { ...stage, state: isUnderWay(state) ? 'busy' : 'failed' }
  })
}

function StageMark({ state }: { state: Stage['state'] }) {
  if (state === 'done') return <CheckIcon className="size-4 text-ok" />
  if (state === 'failed') return <CloseIcon className="size-4 text-bad" />
  if (state === 'busy') return <span className="mx-1 size-2 animate-breathe rounded-full bg-accent" aria-hidden="true" />
  return <span className="mx-1 size-2 rounded-full border border-faint" aria-hidden="true" />
}
