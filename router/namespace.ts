import type { Access } from './access.ts'
import { single } from './admission.ts'
import type { Exchange } from './exchange.ts'
import { Refusal } from './refusal.ts'
import type { RouteTable } from './table.ts'

/** The namespace that a request is for: by `Micro-Namespace`, else the host, else the only one that its token is for. */
export async function chooseNamespace(exchange: Exchange, access: Access, table: RouteTable): Promise<string> {
  const { host } = exchange
  const header = single(exchange.request.headers, 'micro-namespace')
  const hosted = 'namespace' in host ? host.namespace : undefined
  if (header !== undefined && hosted !== undefined && header !== hosted) {
    throw new Refusal(400, `The header Micro-Namespace says "${header}", the host says "${hosted}": leave one of them out.`)
  }
  const namespace = header ?? hosted ?? (await ofToken(access))
  if (!table.hasNamespace(namespace)) throw new Refusal(404, `There is no namespace "${namespace}". Check the spelling of its name.`)
  return namespace
}

async function ofToken(access: Access): Promise<string> {
  const names = Object.keys((await access.claims())?.namespaces ?? {})
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  const which = names.length > 1 ? ` Your token is for ${names.join(', ')}.` : ''
  throw new Refusal(400, `The request does not say which namespace it is for: send the header Micro-Namespace.${which}`)
}
