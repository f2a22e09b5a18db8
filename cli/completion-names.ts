import type { Api } from './api.ts'
import type { Context } from './context.ts'
import type { Named } from './declaration.ts'
import { versionLabel } from './status.ts'

const slowestMs = 1_500

/** The names that there are. None when the server can't be asked, or not soon enough: a completion must not complain. */
export async function namesOf(ctx: Context, kind: Named, [service = '']: readonly string[] = []): Promise<string[]> {
  if (kind === 'environment') return (await ctx.config.list()).map(({ name }) => name)
  try {
    const api = await ctx.api()
    if (kind === 'namespace') return (await api.namespace.listNamespaces({}, timeout)).namespaces.map(({ name }) => name)
    return await ask[kind](api, await ctx.namespace(), service)
  } catch {
    return [] // as said above
  }
}

const timeout = { timeoutMs: slowestMs }

type Ask = (api: Api, namespace: string, service: string) => Promise<string[]>

const ask: Record<Exclude<Named, 'environment' | 'namespace'>, Ask> = {
  service: async ({ runtime }, namespace) => (await runtime.listServices({ namespace }, timeout)).services.map(({ name }) => name),
  release: async ({ runtime }, namespace, service) =>
    (await runtime.listReleases({ namespace, service, pageSize: 100 }, timeout)).releases.map(({ version }) => versionLabel(version)),
  endpoint: async ({ registry }, namespace, name) =>
    (await registry.getService({ namespace, name }, timeout)).service?.endpoints.map((endpoint) => endpoint.name) ?? [],
  host: async ({ credential }, namespace) => (await credential.listCredentials({ namespace }, timeout)).credentials.map(({ host }) => host),
}
