import { command } from '../../command.ts'
import { usageError } from '../../parse.ts'
import { runFlags } from '../../run-flags.ts'

export default command({
  summary: 'Begin a command beside a service, and do not wait for it',
  details: 'As `micro exec`, which waits and shows what it prints. With --entry it is that of a cron entry, now.',
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    command: { description: 'a program and its arguments, behind --', rest: true, optional: true },
  },
  flags: { ...runFlags, entry: { type: 'string', value: 'ENTRY', description: 'run a cron entry of micro.yaml in place of a command' } },
  examples: [
    'micro job run helloworld -- npm run seed',
    'micro job run helloworld --timeout 6h -- node import.js',
    'micro job run helloworld --entry cleanup',
  ],
  async run(ctx, { name, command: words, timeout, entry }) {
    if (entry !== undefined && words.length > 0) throw usageError('Either a command or --entry, not both.')
    const { begin } = await import('../../run-flags.ts')
    const { run } = await begin(ctx, { service: name, command: words, entry: entry ?? '', timeout })
    const { runJson } = await import('../../runs.ts')
    ctx.out.data(runJson(run), () => ctx.out.line(`${run.id} is begun. See \`micro job logs ${run.id} --follow\`.`))
  },
})
