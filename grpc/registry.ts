import type { ServiceImpl } from '@connectrpc/connect'
import { getRegistered, listRegistered } from '../control/registry/list.ts'
import type { GetServiceRequest, ListServicesRequest, RegistryService } from '../gen/proto/micro/registry/v1/registry_pb.ts'
import type { Rpcs } from './rpc.ts'

export const registryService = ({ unary }: Rpcs) =>
  ({
    listServices: unary(
      listRegistered,
      ({ namespace }: ListServicesRequest) => ({ namespace }),
      (services) => ({ services: services.map((service) => toService(service)) }),
    ),
    getService: unary(
      getRegistered,
      ({ namespace, name }: GetServiceRequest) => ({ namespace, name }),
      (service) => ({ service: toService(service), descriptorSet: service.liveRelease?.descriptors ?? new Uint8Array() }),
    ),
  }) satisfies ServiceImpl<typeof RegistryService>

type Row = Awaited<ReturnType<typeof getRegistered>>

const toService = ({ name, url, liveRelease, endpoints, instances }: Row) => ({
  name,
  version: liveRelease?.version ?? 0,
  protocol: liveRelease?.protocol ?? '',
  url,
  endpoints,
  nodes: instances.map(({ id }) => ({ id })),
})
