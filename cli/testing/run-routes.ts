import { create } from '@bufbuild/protobuf'
import { timestampFromDate } from '@bufbuild/protobuf/wkt'
import { Code, type ConnectRouter } from '@connectrpc/connect'
import { RunKind, RunSchema, RunService, RunState } from '../../gen/proto/micro/run/v1/run_pb.ts'
import { authenticator, fail, type State } from './state.ts'

const at = (second: number) => timestampFromDate(new Date(Date.UTC(2026, 10, 27, 10, 0, second)))

export const testRun = create(RunSchema, {
  id: 'run_1',
  service: 'app',
  kind: RunKind.EXEC,
  state: RunState.RUNNING,
  version: 3,
  command: 'npm run seed',
  argv: ['npm', 'run', 'seed'],
  createTime: at(0),
  startTime: at(1),
  creator: 'alice',
})

export function runRoutes(router: ConnectRouter, state: State): void {
  const { fake } = state
  const authenticated = authenticator(state)
  const ended = { ...testRun, endTime: at(13) }

  router.service(RunService, {
    createRun(request, context) {
      authenticated(context)
      fake.runRequests.push(request)
      return { run: testRun }
    },
    async *watchRun(request, context) {
      authenticated(context)
      yield* fake.watchRun(request)
    },
    cancelRun({ runId }, context) {
      authenticated(context)
      if (runId !== testRun.id) throw fail(Code.NotFound, 'There is no such job.', { hint: 'Type `micro job list NAME` to see them.' })
      fake.canceled = true
      return { run: { ...testRun, stopping: true } }
    },
    getRun(_request, context) {
      authenticated(context)
      return { run: testRun }
    },
    listRuns({ service }, context) {
      authenticated(context)
      if (service !== 'app') return { runs: [] }
      return {
        runs: [
          testRun,
          {
            ...ended,
            id: 'run_b',
            kind: RunKind.CRON,
            entry: 'tidy',
            creator: '',
            state: RunState.FAILED,
            exitCode: 7,
            reason: 'It exited with code 7.',
          },
          {
            ...ended,
            id: 'run_a',
            kind: RunKind.JOB,
            state: RunState.TIMED_OUT,
            reason: 'It took longer than its time-out, 1 h, and was stopped.',
          },
        ],
      }
    },
    listCronEntries({ service }, context) {
      authenticated(context)
      const entry = { schedule: '30 3 * * *', timezone: 'Europe/Berlin', command: 'npm run tidy', timeoutMs: 5_400_000, overlap: 'skip' }
      return { entries: service === 'app' ? [{ ...entry, name: 'tidy', nextTimes: [at(0), at(1)] }] : [] }
    },
  })
}
