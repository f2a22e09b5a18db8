'use client'

import { buildLogSubscription } from '../../lib/documents.ts'
import { useLines } from '../../lib/live/use-lines.ts'
import { useService } from '../service/service-context.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { LogView } from './log-view.tsx'

export function BuildLog({ deployment, underWay }: { deployment: string; underWay: boolean }) {
  const { namespace } = useService()
  const { buffer, ended, error } = useLines(buildLogSubscription, { namespace, deployment })
  const empty = ended || !underWay ? 'This deployment has no build output.' : 'Waiting for the build to begin…'
  return (
    <>
      <ProblemNotice problem={error?.problem} />
      <LogView label="Build log" blocks={buffer.blocks} wrap empty={empty} className="h-96" />
    </>
  )
}
