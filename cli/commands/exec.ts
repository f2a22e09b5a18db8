import { command } from '../command.ts'
import { runFlags } from '../run-flags.ts'

export default command({
  summary: 'Run a command beside a service, and show what it prints',
  details: [
    'The command is executed as it is, without a shell, in a new instance of the live release: with its files and variables, but apart from the instances',
    'that answer requests. Its exit code becomes that of micro; 124 when its time is over. Ctrl-C cancels it, and one more leaves without waiting.',
    'It gets no input. What it prints comes as lines of text, both streams together: it is no way to fetch files.',
  ].join('\n'),
  arguments: {
    name: { description: 'the name of a service', names: 'service' },
    command: { description: 'a program and its arguments, behind --', rest: true },
  },
  flags: { ...runFlags, detach: { type: 'boolean', short: 'd', description: 'do not wait for the end' } },
  examples: [
    'micro exec helloworld -- node --version',
    'micro exec helloworld --timeout 5m -- npm run seed',
    "micro exec helloworld -- sh -c 'ls | wc -l'",
  ],
  async run(ctx, { name, command: words, timeout, detach }) {
    // From now on, so that what was begun is canceled.
    if (!detach) ctx.interrupted()
    const { begin } = await import('../run-flags.ts')
    const { RunKind } = await import('../../gen/proto/micro/run/v1/run_pb.ts')
    const { api, run } = await begin(ctx, { service: name, command: words, kind: RunKind.EXEC, timeout })
    const { attend, runJson } = await import('../runs.ts')
    if (!detach) return attend(ctx, api, run)
    ctx.out.data(runJson(run), () => ctx.out.line(`${run.id} is begun. See \`micro job logs ${run.id} --follow\`.`))
  },
})
