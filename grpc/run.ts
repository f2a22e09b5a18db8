import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import type { ServiceImpl } from '@connectrpc/connect'
import { cancelRun } from '../control/runs/cancel.ts'
import { createRun } from '../control/runs/create.ts'
import { listCronEntries } from '../control/runs/cron-entries.ts'
import { followRun } from '../control/runs/follow.ts'
import { getRun, type RunView } from '../control/runs/get.ts'
import { listRuns } from '../control/runs/list.ts'
import { argvOf, commandLabel, isStopping } from '../control/runs/state.ts'
import type * as pb from '../gen/proto/micro/run/v1/run_pb.ts'
import { RunKind, RunState } from '../gen/proto/micro/run/v1/run_pb.ts'
import type { Rpcs } from './rpc.ts'
import { toLogLine } from './runtime-messages.ts'

const byId = ({ namespace, runId }: { namespace: string; runId: string }) => ({ namespace, id: runId })

export const runService = ({ unary, serverStream }: Rpcs) =>
  ({
    createRun: unary(
      createRun,
      ({ namespace, service, command, entry, kind, timeoutMs }: pb.CreateRunRequest) => ({
        namespace,
        service,
        // The verb refuses an empty one, in its own words.
        ...(entry && command.length === 0 ? { entry } : { command: command as [string, ...string[]] }),
        kind: kind === RunKind.EXEC ? ('EXEC' as const) : ('JOB' as const),
        ...(timeoutMs ? { timeoutMs } : {}),
      }),
      (run) => ({ run: toRun(run) }),
    ),
    listRuns: unary(
      listRuns,
      ({ namespace, service, pageSize }: pb.ListRunsRequest) => ({ namespace, service, ...(pageSize ? { first: pageSize } : {}) }),
      (runs) => ({ runs: runs.map(toRun) }),
    ),
    getRun: unary(
      getRun,
      (request: pb.GetRunRequest) => byId(request),
      (run) => ({ run: toRun(run) }),
    ),
    watchRun: serverStream(
      followRun,
      (request: pb.WatchRunRequest) => ({ ...byId(request), follow: request.follow, ...(request.after ? { after: request.after } : {}) }),
      async function* (events) {
        for await (const event of events) {
          if (event.kind === 'run') yield { event: { case: 'run' as const, value: toRun(event.run) } }
          else
            yield {
              event: { case: 'output' as const, value: { lines: event.lines.map(toLogLine), cursor: event.lines.at(-1)?.cursor ?? '' } },
            }
        }
      },
    ),
    cancelRun: unary(
      cancelRun,
      (request: pb.CancelRunRequest) => byId(request),
      (run) => ({ run: toRun(run) }),
    ),
    listCronEntries: unary(
      listCronEntries,
      ({ namespace, service }: pb.ListCronEntriesRequest) => ({ namespace, service }),
      (entries) => ({
        entries: entries.map(({ name, schedule, timezone, command, timeoutMs, overlap, nextTimes }) => ({
          ...{ name, schedule, timezone, timeoutMs, overlap },
          command: commandLabel(command),
          nextTimes: nextTimes.map(timestampFromDate),
        })),
      }),
    ),
  }) satisfies ServiceImpl<typeof pb.RunService>

const toRun = (run: RunView) => ({
  id: run.id,
  service: run.service.name,
  kind: RunKind[run.kind],
  state: RunState[run.state],
  version: run.release.version,
  command: commandLabel(run.command),
  argv: argvOf(run.command) ?? [],
  entry: run.cronName ?? '',
  ...(run.dueAt ? { dueTime: timestampFromDate(run.dueAt) } : {}),
  creator: run.creator ?? '',
  createTime: timestampFromDate(run.createdAt),
  ...(run.startedAt ? { startTime: timestampFromDate(run.startedAt) } : {}),
  ...(run.endedAt ? { endTime: timestampFromDate(run.endedAt) } : {}),
  timeoutMs: run.timeoutMs,
  ...(run.exitCode === null ? {} : { exitCode: run.exitCode }),
  signal: run.signal ?? '',
  outOfMemory: run.outOfMemory,
  reason: run.reason ?? '',
  deploymentId: run.deploymentId ?? '',
  stopping: isStopping(run),
})
