import { command } from '../command.ts'

export default command({
  summary: 'List the deployments of a service, newest first',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: { limit: { type: 'integer', short: 'n', value: 'N', description: 'at most so many; default 20' } },
  examples: ['micro deployments helloworld'],
  async run(ctx, { name, limit }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ enumLabel, plain }, { DeploymentSchema, DeploymentState, DeploymentStateSchema }, { age, versionLabel }, { deployments }] =
      await Promise.all([
        import('../plain.ts'),
        import('../../gen/proto/micro/runtime/v1/runtime_pb.ts'),
        import('../status.ts'),
        api.runtime.listDeployments({ namespace, service: name, pageSize: limit ?? 20 }),
      ])
    const newestLive = deployments.find(({ state }) => state === DeploymentState.LIVE)?.id
    const stateLabel = ({ id, state }: (typeof deployments)[number]) =>
      `${state === DeploymentState.LIVE && id !== newestLive ? 'was ' : ''}${enumLabel(DeploymentStateSchema, state)}`
    ctx.out.data(
      deployments.map((deployment) => plain(DeploymentSchema, deployment)),
      () =>
        ctx.out.table(
          ['ID', 'STATE', 'VERSION', 'TRIGGER', 'SOURCE', 'CREATED', 'BY'],
          deployments.flatMap((deployment) => {
            const { id, version, trigger, source, createTime, creator, reason } = deployment
            const row = [id, stateLabel(deployment), versionLabel(version), trigger, source, age(createTime), creator]
            return reason === '' ? [row] : [row, [reason]]
          }),
        ),
    )
  },
})
