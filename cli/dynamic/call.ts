import type { Context } from '../context.ts'
import { usageError } from '../parse.ts'
import { readHeader } from './arguments.ts'
import { requestsOf } from './input.ts'
import { invoke } from './invoke.ts'
import { findMethod, loadService } from './service.ts'

type NamedCall = { name: string; endpoint: string; json: string | undefined; headers: readonly string[]; timeoutMs: number | undefined }

/** `micro call` and `micro stream`. */
export async function callByName(ctx: Context, { name, endpoint, json, headers, timeoutMs }: NamedCall): Promise<void> {
  const parsed = headers.map(readHeader)
  const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
  const service = await loadService(api, namespace, name)
  if (service.isHttp)
    throw usageError(`${service.name} is an HTTP service without endpoints.`, `Call it with \`micro ${service.name} /path\`.`)
  const method = findMethod(service, endpoint)
  const requests = await requestsOf(service, method, { fields: [], json })
  await invoke(ctx, api, { namespace, service, method, requests, headers: parsed, timeoutMs })
}
