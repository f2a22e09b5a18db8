import { command } from '../command.ts'

export default command({
  summary: 'Call an endpoint of a service with a request in JSON',
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    endpoint: { description: 'an endpoint of it, such as Helloworld.Call', names: 'endpoint' },
    request: { description: 'the request as JSON; - reads standard input; default: {}', optional: true },
  },
  flags: {
    header: { type: 'string', short: 'H', value: 'KEY=VALUE', multiple: true, description: 'metadata of the call' },
    timeout: { type: 'duration', value: 'TIME', description: 'give up after so long, such as 30s' },
  },
  examples: [`micro call helloworld Call '{"name":"Alice"}'`, 'micro call helloworld Helloworld.Call - -H trace=1 < request.json'],
  async run(ctx, { name, endpoint, request, header, timeout }) {
    const { callByName } = await import('../dynamic/call.ts')
    await callByName(ctx, { name, endpoint, json: request, headers: header, timeoutMs: timeout })
  },
})
