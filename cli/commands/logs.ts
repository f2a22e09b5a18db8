import { command } from '../command.ts'
import { usageError } from '../parse.ts'

export default command({
  summary: 'Show what a service writes, or what its last build wrote',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  flags: {
    lines: { type: 'integer', short: 'n', value: 'N', description: 'the last so many lines; default 100' },
    follow: { type: 'boolean', short: 'f', description: 'go on with lines as they come, until Ctrl-C' },
    since: { type: 'duration', value: 'TIME', description: 'only lines of the last so long, such as 1h' },
    instance: { type: 'string', value: 'ID', description: 'only this instance' },
    build: { type: 'boolean', description: 'the output of the last build' },
  },
  examples: ['micro logs helloworld', 'micro logs helloworld -f --since 10m', 'micro logs helloworld --build'],
  async run(ctx, { name, lines, follow, since, instance, build }) {
    if (lines !== undefined && (lines < 1 || lines > 10_000)) throw usageError('-n is from 1 to 10000.')
    const [{ showLogs }, api, namespace] = await Promise.all([import('../logs.ts'), ctx.api(), ctx.namespace()])
    await showLogs(ctx, api, {
      namespace,
      service: name,
      tail: lines ?? (since === undefined ? 100 : 10_000),
      follow,
      instance: instance ?? '',
      build,
      ...(since === undefined ? {} : { since: new Date(Date.now() - since) }),
    })
  },
})
