import { cache } from 'react'
import { namespaceQuery, serviceQuery } from '../documents.ts'
import type { Namespace, Service } from '../model.ts'
import { need } from './graphql.ts'

/** What several parts of one page ask for is asked once a request. */
export const loadNamespace = cache(
  async (namespace: string): Promise<Namespace> => (await need<{ namespace: Namespace }>(namespaceQuery, { namespace })).namespace,
)

export const loadService = cache(
  async (namespace: string, name: string): Promise<Service> =>
    (await need<{ service: Service }>(serviceQuery, { namespace, name })).service,
)
