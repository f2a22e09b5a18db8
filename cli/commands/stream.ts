import { command } from '../command.ts'

export default command({
  summary: 'Call a streaming endpoint and print its responses, one JSON a line',
  details: 'Ends when the service does, or with Ctrl-C. An endpoint that takes a stream is sent each line of standard input with -.',
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    endpoint: { description: 'an endpoint of it, such as Helloworld.Stream', names: 'endpoint' },
    request: { description: 'the request as JSON; - reads standard input; default: {}', optional: true },
  },
  flags: {
    header: { type: 'string', short: 'H', value: 'KEY=VALUE', multiple: true, description: 'metadata of the call' },
    timeout: { type: 'duration', value: 'TIME', description: 'end it after so long, such as 30s' },
  },
  examples: [`micro stream helloworld Stream '{"messages":3}'`],
  async run(ctx, { name, endpoint, request, header, timeout }) {
    const { callByName } = await import('../dynamic/call.ts')
    await callByName(ctx, { name, endpoint, json: request, headers: header, timeoutMs: timeout })
  },
})
