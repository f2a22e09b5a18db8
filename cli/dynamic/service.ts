import { createFileRegistry, type DescMethod, type DescService, type FileRegistry, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import type { Service } from '../../gen/proto/micro/registry/v1/registry_pb.ts'
import { PlatformError } from '../../lib/errors.ts'
import type { Api } from '../api.ts'
import { nearest } from '../suggest.ts'

/** A service of the namespace as its descriptors tell it. An HTTP service has no methods. */
export type RemoteService = { name: string; isHttp: boolean; registry: FileRegistry; methods: DescMethod[] }

export async function loadService(api: Api, namespace: string, name: string): Promise<RemoteService> {
  const { service, descriptorSet } = await api.registry.getService({ namespace, name })
  return readService(service, name, descriptorSet)
}

export function readService(
  service: Pick<Service, 'name' | 'protocol'> | undefined,
  asked: string,
  descriptorSet: Uint8Array,
): RemoteService {
  const name = service?.name || asked
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptorSet))
  if (service?.protocol === '') {
    throw new PlatformError('failed_precondition', `${name} has no live release yet, so it can't be called.`, {
      hint: `See \`micro status ${name}\`.`,
    })
  }
  return { name, isHttp: service?.protocol === 'http', registry, methods: ownServices(registry).flatMap(({ methods }) => methods) }
}

/** What every gRPC server may have beside its own services. */
const infrastructure = /^grpc\.(health|reflection|channelz)\./

function ownServices(registry: FileRegistry): DescService[] {
  return [...registry].filter((type) => type.kind === 'service').filter(({ typeName }) => !infrastructure.test(typeName))
}

/** As the gateway matches names: without case, `-` and `_`. */
export const matchKey = (text: string): string => text.toLowerCase().replace(/[-_]/g, '')

/** Helloworld.Call, as the registry names it. */
export const endpointName = (method: DescMethod): string => `${method.parent.name}.${method.name}`

/** Finds an endpoint by `Call`, `Helloworld.Call`, `pkg.Helloworld/Call` or `pkg.Helloworld.Call`. Default: `Call`, or the only one. */
export function findMethod(service: RemoteService, asked: string | undefined): DescMethod {
  const matches = service.methods.filter((method) => namesOf(method).includes(matchKey((asked ?? 'Call').replace('/', '.'))))
  const [first, second] = preferOwnType(service, matches)
  if (first !== undefined && second === undefined) return first
  const [only, ...others] = service.methods
  if (asked === undefined && only !== undefined && others.length === 0) return only
  if (first !== undefined) throw ambiguous(service, asked ?? 'Call', matches)
  throw unknownEndpoint(service, asked)
}

const namesOf = (method: DescMethod): string[] =>
  [method.name, endpointName(method), `${method.parent.typeName}.${method.name}`].map((name) => matchKey(name))

/** Where several types have a method of that name, the one that is named like the service is meant. */
function preferOwnType({ name }: RemoteService, matches: DescMethod[]): DescMethod[] {
  const own = matches.filter(({ parent }) => matchKey(parent.name) === matchKey(name))
  return own.length > 0 ? own : matches
}

function ambiguous({ name }: RemoteService, asked: string, matches: DescMethod[]): PlatformError {
  return new PlatformError('invalid_argument', `${name} has several endpoints named ${asked}.`, {
    hint: `Write one of: ${matches.map((method) => `${method.parent.typeName}/${method.name}`).join(', ')}.`,
  })
}

function unknownEndpoint({ name, methods }: RemoteService, asked: string | undefined): PlatformError {
  const known = methods.map(endpointName)
  if (known.length === 0)
    return new PlatformError('not_found', `${name} has no RPC endpoints.`, { hint: `See \`micro describe ${name}\`.` })
  const similar =
    asked === undefined
      ? undefined
      : nearest(
          asked,
          methods.map((method) => method.name),
        )
  const message = asked === undefined ? `${name} has no endpoint Call, and more than one other.` : `${name} has no endpoint ${asked}.`
  return new PlatformError('not_found', message, { hint: `${similar ? `Did you mean ${similar}? ` : ''}There are: ${known.join(', ')}.` })
}
