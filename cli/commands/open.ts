import { PlatformError } from '../../lib/errors.ts'
import { command } from '../command.ts'
import { originOf } from '../environments.ts'

export default command({
  summary: 'Open a service, or the console, in a browser',
  details:
    'Prints the URL too. Where there is no terminal, only prints it. Of an RPC service, it is the page of the console that says how to call it.',
  arguments: { name: { description: 'the name of a service; default: the console', optional: true, names: 'service' } },
  examples: ['micro open', 'micro open helloworld'],
  async run(ctx, { name }) {
    const url = name === undefined ? originOf(await ctx.environment()) : await serviceUrl()
    ctx.out.data({ url }, () => ctx.out.line(url))
    if (ctx.out.terminal && !ctx.out.json) await openInBrowser(url)

    async function serviceUrl(): Promise<string> {
      const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
      const { service } = await api.runtime.getService({ namespace, service: name ?? '' })
      if (service?.protocol === 'grpc') return `${originOf(await ctx.environment())}/n/${namespace}/${service.name}/endpoints`
      if (service?.url) return service.url
      throw new PlatformError('failed_precondition', `${name} has no URL yet.`, { hint: `See \`micro status ${name}\`.` })
    }
  },
})

/** A machine without a browser is no failure: the URL is printed. */
async function openInBrowser(url: string): Promise<void> {
  if (!/^https?:\/\//.test(url)) return
  const { spawn } = await import('node:child_process')
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  await new Promise<void>((resolve) => {
    const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve())
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}
