import type { Endpoint, Field } from '../../gen/proto/micro/registry/v1/registry_pb.ts'
import { command } from '../command.ts'
import type { Output } from '../output.ts'
import { safeLine } from '../text.ts'

export default command({
  summary: 'Show the endpoints of a service, with the fields of requests and responses',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  examples: ['micro describe helloworld'],
  async run(ctx, { name }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ plain }, { ServiceSchema }, { service }] = await Promise.all([
      import('../plain.ts'),
      import('../../gen/proto/micro/registry/v1/registry_pb.ts'),
      api.registry.getService({ namespace, name }),
    ])
    if (service === undefined) return
    const { out } = ctx
    out.data(plain(ServiceSchema, service), () => {
      const version = service.version === 0 ? '' : ` v${service.version}`
      out.line(`${out.paint('bold', safeLine(service.name))}${version}  ${service.protocol || 'not running yet'}  ${safeLine(service.url)}`)
      for (const endpoint of service.endpoints) describeEndpoint(out, endpoint)
      if (service.endpoints.length === 0) out.line(`It has no RPC endpoints. Call it with \`micro ${service.name} /path\`, or at its URL.`)
    })
  },
})

function describeEndpoint(out: Output, endpoint: Endpoint): void {
  const streams = [endpoint.clientStreaming && 'request stream', endpoint.serverStreaming && 'response stream'].filter(Boolean)
  out.line()
  out.line(`${out.paint('bold', safeLine(endpoint.name))}${streams.length > 0 ? `  (${streams.join(', ')})` : ''}`)
  for (const line of endpoint.description.trim().split('\n')) if (line !== '') out.line(`  ${safeLine(line.trim())}`)
  describeFields(out, 'request', endpoint.request)
  describeFields(out, 'response', endpoint.response)
}

function describeFields(out: Output, title: string, fields: readonly Field[]): void {
  const nameWidth = Math.max(0, ...fields.map(({ name }) => name.length))
  const typeWidth = Math.max(0, ...fields.map(({ type }) => type.length))
  out.line(`  ${title}${fields.length === 0 ? ': no fields' : ''}`)
  for (const { name, type, description } of fields) {
    const comment = description.trim().replace(/\s+/g, ' ')
    out.line(safeLine(`    ${name.padEnd(nameWidth)}  ${type.padEnd(typeWidth)}  ${comment}`).trimEnd())
  }
}
