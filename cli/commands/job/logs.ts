import { timestampDate } from '@bufbuild/protobuf/wkt'
import { command } from '../../command.ts'
import { safeLine } from '../../text.ts'

export default command({
  summary: 'Show what a job printed',
  arguments: { id: { description: 'the id of a job, as `micro job list NAME` shows it' } },
  flags: { follow: { type: 'boolean', short: 'f', description: 'go on with lines as they come, until it has ended' } },
  examples: ['micro job logs run_1m8d7fztdr21x8hc41bfxx', 'micro job logs run_1m8d7fztdr21x8hc41bfxx -f'],
  async run(ctx, { id, follow }) {
    const [{ watchRun }, { plain }, { LogLineSchema }, api] = await Promise.all([
      import('../../runs.ts'),
      import('../../plain.ts'),
      import('../../../gen/proto/micro/runtime/v1/runtime_pb.ts'),
      ctx.api(),
    ])
    const { out } = ctx
    await watchRun(ctx, api, {
      id,
      follow,
      signal: ctx.interrupted(),
      print(lines) {
        for (const line of lines) {
          const time = line.time === undefined ? '' : `${timestampDate(line.time).toISOString()} `
          out.json ? out.jsonLine(plain(LogLineSchema, line)) : out.line(`${out.paint('dim', time)}${safeLine(line.text)}`)
        }
      },
    })
  },
})
