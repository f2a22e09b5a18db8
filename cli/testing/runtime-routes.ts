import { createHash, randomUUID } from 'node:crypto'
import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampNow } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import {
  type Deployment,
  DeploymentSchema,
  DeploymentState,
  RuntimeService,
  ServiceSchema,
  ServiceState,
  type WatchDeploymentResponseSchema,
} from '../../gen/proto/micro/runtime/v1/runtime_pb.ts'
import { until } from './cli.ts'
import { authenticator, fail, hex, type State } from './state.ts'

export function beginDeployment({ deployments }: State, name: string, trigger: string, source: string): Deployment {
  const deployment = create(DeploymentSchema, {
    id: randomUUID(),
    service: name,
    state: DeploymentState.QUEUED,
    trigger,
    source,
    createTime: timestampNow(),
    creator: 'alice',
  })
  deployments.set(deployment.id, deployment)
  return deployment
}

export function runtimeRoutes(router: ConnectRouter, state: State): void {
  const { fake, services, deployments } = state
  const authenticated = authenticator(state)
  const serviceNamed = (name: string) => {
    const service = services.get(name)
    if (service === undefined) throw fail(Code.NotFound, `There is no service ${name} in brave-otter-42.`, { hint: 'See `micro status`.' })
    return service
  }
  const begin = (name: string, trigger: string, source: string) => beginDeployment(state, name, trigger, source)

  router.service(RuntimeService, {
    async deploy(request, context) {
      authenticated(context)
      fake.deployRequests.push(request)
      const { name, source, force } = request
      if (name === 'console')
        throw fail(Code.InvalidArgument, 'This service name is reserved for the platform; choose another.', { field: 'name' })
      if (source.case === 'local') {
        const contents = source.value.files.filter(({ link }) => link === '')
        const missing = contents.filter(({ sha256 }) => !fake.blobs.has(hex(sha256))).map(({ sha256 }) => sha256)
        if (missing.length > 0) {
          await fake.beforeUpload()
          fake.beforeUpload = async () => {}
          return { missing }
        }
      }
      const digest = createHash('sha256')
        .update(
          JSON.stringify(source.case === 'local' ? source.value.files.map(({ path, sha256 }) => [path, hex(sha256)]) : source.value?.url),
        )
        .digest('hex')
      const before = services.get(name)
      const unchanged = state.liveDigest.get(name) === digest && !force
      if (unchanged && before !== undefined)
        return { unchanged, service: before, ...(before.lastDeployment ? { deployment: before.lastDeployment } : {}) }
      const label = source.case === 'local' ? source.value.label : (source.value?.url ?? '')
      const location = source.case === 'local' ? source.value.location : label
      const deployment = begin(name, request.trigger, label)
      state.digests.set(deployment.id, digest)
      const service = Object.assign(create(ServiceSchema), before, {
        id: name,
        name,
        source: label,
        sourceLocation: location,
        state: before?.state ?? ServiceState.DEPLOYING,
        instancesWanted: request.options?.instances ?? 1,
        url: `http://brave-otter-42.localhost/${name}`,
        lastDeployment: deployment,
        updateTime: timestampNow(),
      })
      services.set(name, service)
      return { deployment, service }
    },
    async upload(requests, context) {
      authenticated(context)
      let header: { sha256: Uint8Array; size: bigint } | undefined
      let chunks: Uint8Array[] = []
      let files = 0
      const finish = () => {
        if (header === undefined) return
        const content = Buffer.concat(chunks)
        const digest = createHash('sha256').update(content).digest('hex')
        if (digest !== hex(header.sha256) || BigInt(content.length) !== header.size)
          throw fail(Code.InvalidArgument, 'A content does not have its hash.')
        fake.blobs.set(digest, content)
        files++
      }
      for await (const { part } of requests) {
        if (part.case === 'chunk') chunks.push(part.value)
        if (part.case !== 'header') continue
        finish()
        header = part.value
        chunks = []
      }
      finish()
      return { files }
    },
    async *watchDeployment({ deploymentId }, context) {
      authenticated(context)
      const deployment = deployments.get(deploymentId)
      if (deployment === undefined) throw fail(Code.NotFound, 'There is no such deployment.')
      const event = (value: Deployment): MessageInitShape<typeof WatchDeploymentResponseSchema> => ({
        event: { case: 'deployment', value },
      })
      const line = (text: string): MessageInitShape<typeof WatchDeploymentResponseSchema> => ({
        event: { case: 'log', value: { time: timestampNow(), text } },
      })
      yield event({ ...deployment, state: DeploymentState.QUEUED })
      yield event({ ...deployment, state: DeploymentState.BUILDING })
      yield line('installing')
      if (fake.next.dropWatch-- > 0) throw fail(Code.Unavailable, 'The server is stopping.')
      yield line('built \u001b[31mred\u001b[0m \u0007')
      await until(() => !fake.next.hold || context.signal.aborted)
      if (fake.next.state === DeploymentState.LIVE) yield event({ ...deployment, state: DeploymentState.STARTING })
      yield event(finish(deployment))
    },
    listDeployments({ service }, context) {
      authenticated(context)
      serviceNamed(service)
      return { deployments: [...deployments.values()].filter((deployment) => deployment.service === service).reverse() }
    },
    listReleases({ service }, context) {
      authenticated(context)
      const { version = 0 } = serviceNamed(service)
      return {
        releases: Array.from({ length: version }, (_, index) => ({
          version: version - index,
          live: index === 0,
          source: './x',
          detected: 'Node.js (package.json)',
          artifactBytes: 4200n,
          kept: true,
          createTime: timestampNow(),
          creator: 'alice',
        })),
      }
    },
    rollback({ service, version }, context) {
      authenticated(context)
      const known = serviceNamed(service)
      if (version > known.version)
        throw fail(Code.NotFound, `${service} has no release v${version}.`, { hint: `See \`micro releases ${service}\`.` })
      return { deployment: begin(service, 'rollback', '') }
    },
    restart({ service }, context) {
      authenticated(context)
      serviceNamed(service)
      return { deployment: begin(service, 'restart', '') }
    },
    scale({ service, instances }, context) {
      authenticated(context)
      const scaled = { ...serviceNamed(service), instancesWanted: instances }
      services.set(service, scaled)
      return { service: scaled }
    },
    deleteService({ service }, context) {
      authenticated(context)
      serviceNamed(service)
      services.delete(service)
      return {}
    },
    listServices(_request, context) {
      authenticated(context)
      return { services: [...services.values()] }
    },
    getService({ service }, context) {
      authenticated(context)
      return { service: { ...serviceNamed(service), protocol: fake.protocol } }
    },
    async *streamLogs(request, context) {
      authenticated(context)
      yield* fake.logs(request)
    },
  })

  /** Once, however many watch it: one whose connection was cut is still here. */
  function finish(deployment: Deployment): Deployment {
    const known = deployments.get(deployment.id)
    if (known?.endTime) return known
    const before = services.get(deployment.service)
    const live = fake.next.state === DeploymentState.LIVE
    if (live) state.liveDigest.set(deployment.service, state.digests.get(deployment.id) ?? '')
    const version = (before?.version ?? 0) + (live ? 1 : 0)
    const { state: ended, reason, hint } = fake.next
    const last = create(DeploymentSchema, {
      ...deployment,
      state: ended,
      reason,
      hint,
      version: live ? version : 0,
      endTime: timestampNow(),
    })
    deployments.set(deployment.id, last)
    if (before !== undefined) {
      const serving = version > 0
      services.set(before.name, {
        ...before,
        version,
        state: serving ? ServiceState.RUNNING : ServiceState.FAILED,
        stateDetail: serving ? '' : reason,
        instancesReady: serving ? 1 : 0,
        lastDeployment: last,
      })
    }
    return last
  }
}
