import { command } from '../command.ts'
import { formatBytes } from '../units.ts'

export default command({
  summary: 'List the releases of a service, newest first',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: { limit: { type: 'integer', short: 'n', value: 'N', description: 'at most so many; default 20' } },
  examples: ['micro releases helloworld'],
  async run(ctx, { name, limit }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ plain }, { ReleaseSchema }, { age, versionLabel }, { releases }] = await Promise.all([
      import('../plain.ts'),
      import('../../gen/proto/micro/runtime/v1/runtime_pb.ts'),
      import('../status.ts'),
      api.runtime.listReleases({ namespace, service: name, pageSize: limit ?? 20 }),
    ])
    ctx.out.data(
      releases.map((release) => plain(ReleaseSchema, release)),
      () => {
        if (releases.length === 0) return ctx.out.line(`No build of ${name} has succeeded yet. See \`micro deployments ${name}\`.`)
        ctx.out.table(
          ['', 'VERSION', 'SOURCE', 'KIND', 'SIZE', 'CREATED', 'BY'],
          releases.map(({ live, version, source, detected, artifactBytes, createTime, creator, kept }) => [
            live ? '*' : '',
            versionLabel(version),
            source,
            detected,
            kept ? formatBytes(Number(artifactBytes)) : 'removed',
            age(createTime),
            creator,
          ]),
        )
      },
    )
  },
})
