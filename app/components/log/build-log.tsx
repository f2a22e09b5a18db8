'use client'

import { buildLogSubscription } from '../../lib/documents.ts'
import { useLines } from '../../lib/live/use-lines.ts'
import { useService } from '../service/service-context.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { LogView } from './log-view.tsx'

export function BuildLog({ deployment, underWay }: { deployment: string; underWay: boolean }) {
  const { namespace } = useService()
  const { buffer, error } = useLines(buildLogSubscription, { namespace, deployment }, underWay)
  const empty = underWay ? 'Waiting for the build to begin…' : 'This deployment has no build output.'
  return (
    <>
      <ProblemNotice problem={error?.problem} />
      <LogView label="Build log" blocks={buffer.blocks} wrap empty={empty} className={underWay ? 'h-96' : 'max-h-[36rem] min-h-24'} />
    </>
  )
}
