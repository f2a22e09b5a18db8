import type { DescMethod, DescService } from '@bufbuild/protobuf'
import type { Descriptors } from './descriptors.ts'
import { looseName } from './table.ts'

/**
 * The method that a path means, `path` being what follows the service's name: nothing is `Foo.Call`, `/bar` is `Foo.Bar`,
 * `/bar/baz` is `Bar.Baz`, and `/pkg.Type/Method` is that; where names are compared case, `-` and `_` do not count.
 */
export function findMethod(descriptors: Descriptors, service: string, path: string): DescMethod | undefined {
  const [first, second, ...rest] = segments(path)
  if (rest.length > 0) return undefined
  const services = descriptors.services()
  if (first === undefined) return methodOf(mainType(services, service), 'call')
  if (second === undefined) return methodOf(mainType(services, service), first)
  const type = services.find((each) => each.typeName === first) ?? byShortName(services, first)
  return methodOf(type, second)
}

/** As they would be written in a path after the service's name. */
export const endpointNames = (descriptors: Descriptors): string[] =>
  descriptors.services().flatMap((service) => service.methods.map((method) => `${service.name}.${method.name}`))

/** The type named like the service (`Greeter` or `GreeterService` of greeter), or its only one. */
const mainType = (services: readonly DescService[], service: string): DescService | undefined =>
  byShortName(services, service) ?? (services.length === 1 ? services[0] : undefined)

function byShortName(services: readonly DescService[], name: string): DescService | undefined {
  const wanted = looseName(name)
  return services.find((each) => looseName(each.name) === wanted) ?? services.find((each) => looseName(each.name) === `${wanted}service`)
}

function methodOf(service: DescService | undefined, name: string): DescMethod | undefined {
  const wanted = looseName(name)
  return service?.methods.find((method) => method.name === name) ?? service?.methods.find((method) => looseName(method.name) === wanted)
}

const segments = (path: string): string[] => path.split('/').filter((segment) => segment !== '')
