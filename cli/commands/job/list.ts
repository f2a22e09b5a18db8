import { command } from '../../command.ts'

export default command({
  summary: 'List the commands that run and ran beside a service, newest first',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: { limit: { type: 'integer', short: 'n', value: 'N', description: 'at most so many; default 20' } },
  examples: ['micro job list helloworld'],
  async run(ctx, { name, limit }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ runJson, runTable }, { runs }] = await Promise.all([
      import('../../runs.ts'),
      api.run.listRuns({ namespace, service: name, pageSize: limit ?? 20 }),
    ])
    ctx.out.data(runs.map(runJson), () => {
      if (runs.length > 0) runTable(ctx, runs)
      else ctx.out.line(`Nothing ran beside ${name} yet. Run a command with \`micro exec ${name} -- COMMAND\`.`)
    })
  },
})
