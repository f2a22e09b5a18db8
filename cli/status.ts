import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt'
import {
  DeploymentState,
  DeploymentStateSchema,
  type Service,
  ServiceSchema,
  ServiceState,
  ServiceStateSchema,
} from '../gen/proto/micro/runtime/v1/runtime_pb.ts'
import type { Output } from './output.ts'
import { enumLabel, plain } from './plain.ts'
import { formatAge } from './units.ts'

export const serviceJson = (service: Service) => plain(ServiceSchema, service)

export const age = (time: Timestamp | undefined): string => formatAge(time && timestampDate(time))
export const versionLabel = (version: number): string => (version === 0 ? '-' : `v${version}`)

export function serviceTable(out: Output, services: readonly Service[]): void {
  out.table(
    ['NAME', 'VERSION', 'SOURCE', 'STATUS', 'INSTANCES', 'BUILD', 'UPDATED', 'URL'],
    services.flatMap((service) => [row(service), ...remarks(service).map((remark) => [remark])]),
  )
}

const row = (service: Service): string[] => [
  service.name,
  versionLabel(service.version),
  service.source,
  enumLabel(ServiceStateSchema, service.state),
  `${service.instancesReady}/${service.instancesWanted}`,
  buildLabel(service),
  age(service.updateTime),
  service.url,
]

function buildLabel({ lastDeployment }: Service): string {
  return lastDeployment === undefined ? '-' : enumLabel(DeploymentStateSchema, lastDeployment.state)
}

/** Why a service does not run as wanted, and why its last deployment did not make it: that may be two things. */
function remarks({ state, stateDetail, lastDeployment: last, name }: Service): string[] {
  const found: string[] = []
  if (stateDetail !== '' && state !== ServiceState.STOPPED) found.push(stateDetail)
  if (last?.state === DeploymentState.FAILED && !stateDetail.includes(last.reason || ' ')) {
    found.push(`The last deployment failed: ${last.reason || 'no reason is known'}`)
    if (last.hint === '') found.push(`See \`micro logs ${name} --build\`.`)
  }
  if (last?.state === DeploymentState.FAILED && last.hint !== '') found.push(last.hint)
  return found
}

export function instanceTable(out: Output, { instances }: Service): void {
  if (instances.length === 0) return
  out.line()
  out.table(
    ['INSTANCE', 'VERSION', 'STATE', 'RESTARTS', 'STARTED', 'DETAIL'],
    instances.map(({ id, version, state, restarts, startTime, detail }) => [
      id,
      versionLabel(version),
      state,
      String(restarts),
      age(startTime),
      detail,
    ]),
  )
}
