'use client'

import { createContext, type ReactNode, useContext } from 'react'
import { serviceSubscription } from '../../lib/documents.ts'
import { useSubscription } from '../../lib/live/use-live.tsx'
import type { Role, Service } from '../../lib/model.ts'
import { LinkButton } from '../ui/button.tsx'
import { EmptyState } from '../ui/card.tsx'
import { TrashIcon } from '../ui/icons.tsx'

type ServiceContext = { namespace: string; role: Role; service: Service }

const Context = createContext<ServiceContext | undefined>(undefined)

type ProviderProps = { namespace: string; role: Role; initial: Service; children: ReactNode }

/** One subscription feeds all tabs of a service's page. */
export function ServiceProvider({ namespace, role, initial, children }: ProviderProps) {
  const { data, error } = useSubscription(serviceSubscription, { namespace, name: initial.name }, { service: initial })
  if (error?.problem.code === 'NOT_FOUND') return <Gone namespace={namespace} name={initial.name} />
  return <Context value={{ namespace, role, service: data.service }}>{children}</Context>
}

export function useService(): ServiceContext {
  const context = useContext(Context)
  if (!context) throw new Error('useService is for what is inside a ServiceProvider')
  return context
}

function Gone({ namespace, name }: { namespace: string; name: string }) {
  return (
    <main id="main" className="mx-auto max-w-5xl px-4 pt-6">
      <EmptyState icon={<TrashIcon />} title={`${name} was deleted`}>
        <p className="mb-4">Its releases and logs went with it.</p>
        <LinkButton href={`/n/${namespace}`}>Back to the services</LinkButton>
      </EmptyState>
    </main>
  )
}
