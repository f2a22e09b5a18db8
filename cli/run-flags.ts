import type { MessageInitShape } from '@bufbuild/protobuf'
import type { CreateRunRequestSchema, Run } from '../gen/proto/micro/run/v1/run_pb.ts'
import { PlatformError } from '../lib/errors.ts'
import type { Api } from './api.ts'
import type { Context } from './context.ts'
import { usageError } from './parse.ts'

export const runFlags = {
  timeout: { type: 'duration', value: 'TIME', description: 'stop it after so long, such as 10m; default 1h, at most 24h' },
} as const

type Wanted = MessageInitShape<typeof CreateRunRequestSchema> & { timeout: number | undefined }

/** Asks for a run. */
export async function begin(ctx: Context, { timeout, ...wanted }: Wanted): Promise<{ api: Api; run: Run }> {
  if (!wanted.entry && !wanted.command?.length)
    throw usageError('COMMAND is missing.', 'Write it behind --: `micro exec NAME -- node --version`.')
  const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
  const { run } = await api.run.createRun({ ...wanted, namespace, ...(timeout === undefined ? {} : { timeoutMs: timeout }) })
  if (run === undefined) throw new PlatformError('internal', 'The server answered without a job.')
  return { api, run }
}
