'use client'

import { call } from '../../lib/call.ts'
import { applyEnvVarsMutation } from '../../lib/documents.ts'
import { type EnvVarChange, isUnderWay, mayDeploy, type Role, type Service } from '../../lib/model.ts'
import { useAction } from '../../lib/use-action.ts'
import { Button } from '../ui/button.tsx'
import { Card } from '../ui/card.tsx'
import { ProblemNotice } from '../ui/notice.tsx'
import { toast } from '../ui/toast.tsx'

type PendingProps = { namespace: string; service: Service; role: Role; count: number }

/** What was set without rolling it out, or is not rolled out yet. */
export function PendingVariables({ namespace, service, role, count }: PendingProps) {
  const { run, pending, problem } = useAction()
  if (service.lastDeployment && isUnderWay(service.lastDeployment.state)) return null
  const rollOut = () =>
    run(async () => {
      const { change } = await call<{ change: EnvVarChange }>(applyEnvVarsMutation, { namespace, service: service.name })
      if (change.deployments.length === 0) toast('There was nothing to roll out.')
    })
  return (
    <>
      <Card className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3">
        <span className="min-w-0 flex-1 basis-60 text-[13px]">
          {count === 1 ? '1 variable differs' : `${count} variables differ`} from those of v{service.liveRelease?.version}, and will be as
          below with the next release.
        </span>
        {mayDeploy(role) && (
          <Button size="small" onClick={rollOut} pending={pending}>
            Roll out now
          </Button>
        )}
      </Card>
      <ProblemNotice problem={problem} />
    </>
  )
}
