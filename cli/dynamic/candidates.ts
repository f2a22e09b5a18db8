import type { Context } from '../context.ts'
import { findField, kebab } from './fields.ts'
import { endpointWord } from './help.ts'
import { findMethod, loadService } from './service.ts'
import { shortName } from './values.ts'

const ofEveryCall = ['--json', '--timeout', '--env', '--namespace', '--help']

/** What may stand in place of the last word of `micro NAME [endpoint] --field=value`. None of a service that can't be asked. */
export async function dynamicCandidates(ctx: Context, [name = '', endpoint]: readonly string[], last: string): Promise<string[]> {
  try {
    const service = await loadService(await ctx.api(), await ctx.namespace(), name)
    if (service.isHttp) return last.startsWith('-') ? ofEveryCall : []
    if (!last.startsWith('-')) return endpoint === undefined ? service.methods.map(endpointWord) : []
    const { input } = findMethod(service, endpoint)
    const [, field = ''] = /^--([\w.-]+)=/.exec(last) ?? []
    if (field !== '')
      return (findField(input, field)?.enum?.values ?? []).map((value) => `--${field}=${shortName(value.name, value.parent)}`)
    return [...input.fields.map((each) => `--${kebab(each.name)}`), ...ofEveryCall]
  } catch {
    return [] // a completion must not complain
  }
}
