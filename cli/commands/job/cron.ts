import { timestampDate } from '@bufbuild/protobuf/wkt'
import { command } from '../../command.ts'

export default command({
  summary: 'List the cron entries of the live release, and when they are due',
  details: 'They stand in micro.yaml, under cron.',
  arguments: { name: { description: 'the name of a service', names: 'service' } },
  examples: ['micro job cron helloworld'],
  async run(ctx, { name }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    const [{ plain }, { CronEntrySchema }, { formatDuration }, { entries }] = await Promise.all([
      import('../../plain.ts'),
      import('../../../gen/proto/micro/run/v1/run_pb.ts'),
      import('../../units.ts'),
      api.run.listCronEntries({ namespace, service: name }),
    ])
    ctx.out.data(
      entries.map((entry) => plain(CronEntrySchema, entry)),
      () => {
        if (entries.length === 0)
          return ctx.out.line(`The live release of ${name} has no cron entries. They stand in micro.yaml, under cron.`)
        ctx.out.table(
          ['NAME', 'SCHEDULE', 'TIMEZONE', 'NEXT', 'TIMEOUT', 'OVERLAP', 'COMMAND'],
          entries.map(({ name: entry, schedule, timezone, nextTimes: [next], timeoutMs, overlap, command: line }) => [
            ...[entry, schedule, timezone, next ? timestampDate(next).toISOString().replace('.000', '') : 'never'],
            ...[formatDuration(timeoutMs), overlap, line],
          ]),
        )
      },
    )
  },
})
