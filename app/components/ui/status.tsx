import type { DeploymentState, InstanceState, Run, RunState, ServiceState } from '../../lib/model.ts'

type Tone = 'ok' | 'warn' | 'bad' | 'busy' | 'off'

const dots: Record<Tone, string> = {
  ok: 'bg-ok',
  warn: 'bg-warn',
  bad: 'bg-bad',
  busy: 'bg-accent animate-breathe',
  off: 'border border-faint',
}

const texts: Record<Tone, string> = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad', busy: 'text-accent', off: 'text-muted' }

function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={`inline-flex items-center gap-2 text-[13px] font-medium whitespace-nowrap ${texts[tone]}`}>
      <span className={`size-2 shrink-0 rounded-full ${dots[tone]}`} aria-hidden="true" />
      {children}
    </span>
  )
}

const services: Record<ServiceState, [Tone, string]> = {
  DEPLOYING: ['busy', 'Deploying'],
  RUNNING: ['ok', 'Running'],
  DEGRADED: ['warn', 'Degraded'],
  FAILED: ['bad', 'Failed'],
  STOPPED: ['off', 'Stopped'],
}

const deployments: Record<DeploymentState, [Tone, string]> = {
  QUEUED: ['busy', 'Queued'],
  BUILDING: ['busy', 'Building'],
  RELEASING: ['busy', 'Releasing'],
  STARTING: ['busy', 'Starting'],
  CANARY: ['busy', 'Canary'],
  LIVE: ['ok', 'Live'],
  FAILED: ['bad', 'Failed'],
  SUPERSEDED: ['off', 'Superseded'],
  CANCELED: ['off', 'Canceled'],
}

const instances: Record<InstanceState, [Tone, string]> = {
  STARTING: ['busy', 'Starting'],
  READY: ['ok', 'Ready'],
  DRAINING: ['busy', 'Draining'],
  WARM: ['off', 'Kept warm'],
  BACKOFF: ['bad', 'Waiting to restart'],
  EXITED: ['off', 'Exited'],
}

const runs: Record<RunState, [Tone, string]> = {
  QUEUED: ['busy', 'Queued'],
  RUNNING: ['busy', 'Running'],
  SUCCEEDED: ['ok', 'Succeeded'],
  FAILED: ['bad', 'Failed'],
  CANCELED: ['off', 'Canceled'],
  TIMED_OUT: ['bad', 'Timed out'],
  SKIPPED: ['off', 'Left out'],
}

export function RunStatus({ run: { state, stopping } }: { run: Run }) {
  const [tone, text] = runs[state]
  return <Status tone={tone}>{stopping ? 'Stopping' : text}</Status>
}

export function ServiceStatus({ state }: { state: ServiceState }) {
  const [tone, text] = services[state]
  return <Status tone={tone}>{text}</Status>
}

/** A deployment went live once; whether its release still is, only the release knows. */
export function DeploymentStatus({ state, live = true }: { state: DeploymentState; live?: boolean }) {
  const [tone, text] = deployments[state]
  return state === 'LIVE' && !live ? <Status tone="off">Was live</Status> : <Status tone={tone}>{text}</Status>
}

export function InstanceStatus({ state }: { state: InstanceState }) {
  const [tone, text] = instances[state]
  return <Status tone={tone}>{text}</Status>
}
