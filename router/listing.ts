import type { Access } from './access.ts'
import { endpointNames } from './endpoints.ts'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'
import { sendJson } from './reply.ts'
import type { Route, RouteTable } from './table.ts'

/** `GET /` of a namespace: what the caller may see there. */
export async function sendIndex(
  { table, publicUrl }: { table: RouteTable; publicUrl: string },
  exchange: Exchange,
  { namespace, access }: { namespace: string; access: Access },
): Promise<void> {
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
    throw new Refusal(405, 'Here is only a list of services, to be read by GET.', { headers: { allow: 'GET, HEAD' } })
  }
  const services = []
  for (const route of table.list(namespace)) if (await access.maySee(route)) services.push(entry(route, publicUrl))
  sendJson(exchange, 200, { namespace, services: services.sort((a, b) => a.name.localeCompare(b.name)) }, { 'cache-control': 'no-store' })
}

function entry(route: Route, publicUrl: string) {
  const url = new URL(publicUrl)
  url.hostname = `${route.service}--${route.namespace}.${url.hostname}`
  return {
    name: route.service,
    protocol: route.protocol,
    public: route.public,
    release: route.release === 0 ? null : `v${route.release}`,
    ready: route.upstreams.length > 0,
    path: `/${route.service}`,
    url: url.origin,
    ...(route.descriptors === undefined
      ? {}
      : { endpoints: safely(() => (route.descriptors === undefined ? [] : endpointNames(route.descriptors))) }),
  }
}

/** Descriptors that cannot be read are the service's own fault and none of its neighbours'. */
function safely(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    // The service's own calls say so.
    return []
  }
}
