import { setTimeout as sleep } from 'node:timers/promises'
import type { Deployment, Service } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { DeploymentSchema, DeploymentState, DeploymentStateSchema, ServiceSchema } from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Context } from './context.ts'
import { enumLabel, plain } from './plain.ts'
import { createProgress, type Progress } from './progress.ts'
import { codeOf, isPassing } from './wire-error.ts'

const ended: ReadonlySet<DeploymentState> = new Set([
  DeploymentState.LIVE,
  DeploymentState.FAILED,
  DeploymentState.SUPERSEDED,
  DeploymentState.CANCELED,
])

/** Half a minute: a server that is started again on a busy machine takes some seconds. */
const reconnects = 60
const reconnectMs = 500
/** So many attempts without an answer are told of. */
const outage = 3

/** Follows a deployment to its end, over interruptions of the network. Undefined when the user detached. */
export async function follow(ctx: Context, api: Api, first: Deployment, progress: Progress): Promise<Deployment | undefined> {
  const namespace = await ctx.namespace()
  const signal = ctx.interrupted()
  const shown = new Set<DeploymentState>()
  let linesShown = 0
  let attempt = 0
  // After an interruption the server begins from the beginning.
  const show = (state: DeploymentState) => {
    if (shown.has(state)) return
    shown.add(state)
    progress.stage(enumLabel(DeploymentStateSchema, state))
    attempt = 0
  }
  for (; ; attempt++) {
    let line = 0
    try {
      for await (const { event } of api.runtime.watchDeployment({ namespace, deploymentId: first.id }, { signal })) {
        if (event.case === 'log' && ++line > linesShown) {
          linesShown = line
          show(DeploymentState.BUILDING) // its first line may come before the news of it
          progress.log(event.value.text)
          attempt = 0
        }
        if (event.case !== 'deployment') continue
        show(event.value.state)
        if (ended.has(event.value.state)) return event.value
      }
    } catch (error) {
      if (signal.aborted) return undefined
      const code = codeOf(error)
      if (!isPassing(error) || attempt >= (code === 'unauthenticated' ? 1 : reconnects)) throw error
      if (attempt === outage) progress.note('The server does not answer; waiting for it.')
    }
    if (attempt >= reconnects) throw lost(first)
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined) // ended by Ctrl-C: seen on the next line
    if (signal.aborted) return undefined
  }
}

function lost({ service }: Deployment): PlatformError {
  return new PlatformError('unavailable', `The server stopped telling how the deployment of ${service} goes.`, {
    hint: `It goes on there. See \`micro deployments ${service}\`.`,
  })
}

type Watched = { deployment: Deployment; service: Service | undefined; detach: boolean; progress: Progress }

/** Follows a deployment and says how it ended: the URL, or the reason as an error. */
export async function conclude(ctx: Context, api: Api, watched: Watched): Promise<void> {
  const { deployment: last, service } = await settle(ctx, api, watched)
  if (watched.detach || last.state === DeploymentState.LIVE) return report(ctx, last, service, () => ctx.out.line(sentence(last, service)))
  if (ctx.out.json) ctx.out.value(summary(last, service))
  throw deploymentFailed(last, service)
}

type Several = { deployments: readonly Deployment[]; detach: boolean; json: object }

/** Likewise several that go on at the same time, one after the other; with --json as one value, beside what is given. */
export async function concludeAll(ctx: Context, api: Api, { deployments, detach, json }: Several): Promise<void> {
  const ended: Deployment[] = []
  const failures: PlatformError[] = []
  for (const deployment of deployments) {
    const { deployment: last, service } = await settle(ctx, api, {
      deployment,
      service: undefined,
      detach,
      progress: await createProgress(ctx.out),
    })
    ended.push(last)
    if (!detach && last.state !== DeploymentState.LIVE) failures.push(deploymentFailed(last, service))
    else if (!ctx.out.json) ctx.out.line(sentence(last, service))
  }
  if (ctx.out.json) ctx.out.value({ ...json, deployments: ended.map((deployment) => plain(DeploymentSchema, deployment)) })
  const [first, ...others] = failures
  for (const { message } of others) ctx.out.note(message)
  if (first) throw first
}

/** The deployment when it has ended, or as it is when nobody waits for that. */
async function settle(ctx: Context, api: Api, { deployment: first, service, detach, progress }: Watched) {
  if (detach) {
    progress.end('detached')
    return { deployment: first, service }
  }
  const last = await follow(ctx, api, first, progress).catch((error: unknown) => {
    progress.end('failed')
    throw error
  })
  if (last === undefined) {
    progress.end('detached')
    ctx.out.note(
      `Detached; the deployment goes on. See \`micro deployments ${first.service}\` and \`micro logs ${first.service} --build\`.`,
    )
    throw new PlatformError('canceled', 'Detached.')
  }
  progress.end(last.state === DeploymentState.LIVE ? 'done' : 'failed')
  const namespace = await ctx.namespace()
  // What was answered at the beginning will do for a person: the URL, and the version that goes on serving when this one failed.
  const after = service?.url && !ctx.out.json ? service : (await api.runtime.getService({ namespace, service: last.service })).service
  return { deployment: last, service: after }
}

const sentence = ({ service: name, state, version }: Deployment, service: Service | undefined): string =>
  state === DeploymentState.LIVE
    ? `${name} v${version} is live: ${service?.url ?? ''}`
    : `${name} is being deployed. See \`micro deployments ${name}\`.`

const summary = (deployment: Deployment, service: Service | undefined) => ({
  deployment: plain(DeploymentSchema, deployment),
  service: service === undefined ? null : plain(ServiceSchema, service),
})

function report(ctx: Context, deployment: Deployment, service: Service | undefined, human: () => void): void {
  ctx.out.data({ unchanged: false, ...summary(deployment, service) }, human)
}

const outcomes: Partial<Record<DeploymentState, string>> = {
  [DeploymentState.SUPERSEDED]: 'was superseded by a later deployment',
  [DeploymentState.CANCELED]: 'was not deployed, the deployment was canceled',
}

function deploymentFailed(deployment: Deployment, service: Service | undefined): PlatformError {
  const outcome = outcomes[deployment.state] ?? 'was not deployed'
  const reason = deployment.reason === '' ? '.' : `: ${deployment.reason}`
  const serving = service !== undefined && service.version > 0 ? `v${service.version} goes on serving. ` : ''
  return new PlatformError('aborted', `${deployment.service} ${outcome}${reason}`, {
    reason: 'DEPLOYMENT_FAILED',
    hint: serving + (deployment.hint || `See \`micro logs ${deployment.service} --build\` and \`micro logs ${deployment.service}\`.`),
  })
}
