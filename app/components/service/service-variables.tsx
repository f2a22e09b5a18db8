'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef } from 'react'
import type { EnvVar } from '../../lib/model.ts'
import { EnvVarList } from '../env-vars/env-var-list.tsx'
import { PendingVariables } from '../env-vars/pending-variables.tsx'
import { Section } from '../ui/card.tsx'
import { LastDeployment } from './last-deployment.tsx'
import { useService } from './service-context.tsx'

export function ServiceVariables({ variables }: { variables: EnvVar[] }) {
  const { namespace, role, service } = useService()
  const version = service.liveRelease?.version
  useRefreshOn(version)
  const pending = variables.filter(({ state }) => state === 'PENDING' || state === 'REMOVED')
  return (
    <>
      <div className="mb-6 space-y-3 empty:hidden">
        <LastDeployment />
        {pending.length > 0 && <PendingVariables namespace={namespace} service={service} role={role} count={pending.length} />}
      </div>
      <Section
        title="Environment variables"
        detail={version ? `v${version} is live. A release keeps what it was given; changes make a new one, without a build.` : undefined}
      >
        <EnvVarList namespace={namespace} service={service.name} role={role} variables={variables} />
      </Section>
    </>
  )
}

/** What is live is part of the list, so it is asked for again when another release is. */
function useRefreshOn(version: number | undefined): void {
  const router = useRouter()
  const shown = useRef(version)
  useEffect(() => {
    if (shown.current !== version) router.refresh()
    shown.current = version
  }, [version, router])
}
