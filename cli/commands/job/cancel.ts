import { command } from '../../command.ts'

export default command({
  summary: 'Stop a job, or keep one that waits from beginning',
  details: 'It gets SIGTERM, and ten seconds to end by itself.',
  arguments: { id: { description: 'the id of a job, as `micro job list NAME` shows it' } },
  examples: ['micro job cancel run_1m8d7fztdr21x8hc41bfxx'],
  async run(ctx, { id }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ runJson }, { run }] = await Promise.all([import('../../runs.ts'), api.run.cancelRun({ namespace, runId: id })])
    if (run) ctx.out.data(runJson(run), () => ctx.out.line(run.stopping ? `${id} is being stopped.` : `${id} is canceled.`))
  },
})
