import { Code, type ConnectRouter } from '@connectrpc/connect'
import { RegistryService } from '../../gen/proto/micro/registry/v1/registry_pb.ts'
import { authenticator, fail, type State } from './state.ts'

export function registryRoutes(router: ConnectRouter, state: State): void {
  const authenticated = authenticator(state)
  const endpoints = [
    {
      name: 'Everything.Call',
      type: 'everything.Everything',
      method: 'Call',
      description: 'Answers with the request that it got.',
      request: [{ name: 'name', type: 'string', description: 'Who is meant.' }],
    },
  ]
  const everything = {
    name: 'everything',
    version: 1,
    protocol: 'grpc',
    url: 'http://brave-otter-42.localhost/everything',
    endpoints,
    nodes: [{ id: 'i1' }],
  }
  const web = { name: 'web', version: 2, protocol: 'http', url: 'http://brave-otter-42.localhost/web' }
  router.service(RegistryService, {
    listServices(_request, context) {
      authenticated(context)
      return { services: state.fake.hasServices ? [everything, web] : [] }
    },
    getService({ name }, context) {
      authenticated(context)
      const key = name.toLowerCase().replace(/[-_]/g, '')
      if (key === 'everything') return { service: everything, descriptorSet: state.descriptors }
      if (key === 'web') return { service: web }
      throw fail(Code.NotFound, `There is no service ${name} in brave-otter-42.`)
    },
  })
}
