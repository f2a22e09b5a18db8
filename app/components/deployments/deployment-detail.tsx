'use client'

import { useState } from 'react'
import { call } from '../../lib/call.ts'
import { cancelMutation, deploymentSubscription } from '../../lib/documents.ts'
import { useSubscription } from '../../lib/live/use-live.tsx'
import { isNewestLive, isUnderWay, mayDeploy, type WatchedDeployment } from '../../lib/model.ts'
import { BuildLog } from '../log/build-log.tsx'
import { useService } from '../service/service-context.tsx'
import { Button, LinkButton } from '../ui/button.tsx'
import { Section } from '../ui/card.tsx'
import { ConfirmDialog } from '../ui/confirm-dialog.tsx'
import { BackIcon } from '../ui/icons.tsx'
import { Notice } from '../ui/notice.tsx'
import { DeploymentStatus } from '../ui/status.tsx'
import { Ago } from '../ui/time.tsx'
import { Stages } from './stages.tsx'

const stillUnderWay = ({ deployment }: { deployment: WatchedDeployment }) => isUnderWay(deployment.state)

/** One deployment from its beginning to its end, watched as it goes. */
export function DeploymentDetail({ initial }: { initial: WatchedDeployment }) {
  const { namespace, role, service } = useService()
  const { deployment } = useSubscription(
    deploymentSubscription,
    { namespace, id: initial.id },
    { deployment: initial },
    { underWay: stillUnderWay },
  ).data
  const [canceling, setCanceling] = useState(false)
  const { state, release, reason, hint, trigger, creator, source, createdAt } = deployment
  const underWay = isUnderWay(state)
  return (
    <>
      <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <LinkButton
          href={`/n/${namespace}/${service.name}/deployments`}
          tone="ghost"
          size="small"
          prefetch={false}
          className="-ml-2"
          aria-label="All deployments"
        >
          <BackIcon />
        </LinkButton>
        <div className="min-w-0 flex-1">
          <h2 className="flex flex-wrap items-center gap-x-3 font-semibold">
            <span>
              <span className="capitalize">{trigger}</span>
              {release && ` v${release.version}`}
            </span>
            <DeploymentStatus state={state} live={isNewestLive(deployment, service)} />
          </h2>
          <p className="mt-0.5 text-[13px] text-muted">
            <span className="font-mono text-xs break-all">{source}</span> · <Ago at={createdAt} />
            {creator && ` by ${creator}`}
          </p>
        </div>
        {underWay && mayDeploy(role) && <Button onClick={() => setCanceling(true)}>Cancel deployment</Button>}
      </div>
      {reason && (
        <div className="mb-5">
          <Notice tone={state === 'FAILED' ? 'bad' : 'info'} title={reason}>
            {hint}
          </Notice>
        </div>
      )}
      <Stages deployment={deployment} />
      {(deployment.buildStartedAt || deployment.releaseStartedAt || (underWay && !deployment.rolloutStartedAt)) && (
        <Section title="Build log">
          <BuildLog deployment={deployment.id} underWay={underWay} />
        </Section>
      )}
      <ConfirmDialog
        open={canceling && underWay}
        onClose={() => setCanceling(false)}
        title="Cancel this deployment?"
        verb="Cancel deployment"
        danger
        action={async () => {
          await call(cancelMutation, { namespace, id: deployment.id })
        }}
      >
        {service.liveRelease ? `v${service.liveRelease.version} goes on serving.` : 'Nothing is live yet, and nothing will be.'}
      </ConfirmDialog>
    </>
  )
}
