import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { pathsOf } from '../config/paths.ts'
import { runningPostgres } from '../processes/postgres.ts'

/** What happens between the command and its end, in order; milliseconds each. */
export const stageNames = [
  'micro starts, until its first call',
  'files compared: first deploy call',
  'upload of what changed',
  'deployment written: second deploy call',
  'build job queued',
  'build',
  'rollout job queued',
  'start and health',
  'switch, until the new answer',
  'micro told, and ended',
] as const
export type StageName = (typeof stageNames)[number]
export type Stages = Record<StageName, number>

type Call = { path: string; began: number; ended: number }
type Trace = { started: number; loaded: number; exited: number; calls: Call[] }

export type Timestamps = { createdAt: Date; buildStartedAt: Date; releasedAt: Date; rolloutStartedAt: Date; endedAt: Date }

export const traceProgram = join(import.meta.dirname, 'trace.mjs')

export async function readTrace(file: string): Promise<Trace> {
  return JSON.parse(await readFile(file, 'utf8'))
}

/** Times as the platform has written them down of the newest deployment of a service. */
export async function timestampsOf(data: string, service: string): Promise<Timestamps> {
  const client = new pg.Client({ connectionString: await runningPostgres(pathsOf(data)) })
  await client.connect()
  try {
    const { rows } = await client.query<Timestamps>(
      `SELECT d."createdAt", d."buildStartedAt", r."createdAt" AS "releasedAt", d."rolloutStartedAt", d."endedAt"
       FROM "Deployment" d JOIN "Service" s ON s."id" = d."serviceId" JOIN "Release" r ON r."id" = d."releaseId"
       WHERE s."name" = $1 ORDER BY d."number" DESC LIMIT 1`,
      [service],
    )
    const [newest] = rows
    if (!newest) throw new Error(`${service} has no deployment.`)
    return newest
  } finally {
    await client.end()
  }
}

/** All moments are milliseconds of the Unix epoch. */
export function stagesOf(typed: number, trace: Trace, written: Timestamps, answered: number): Stages {
  const deploys = trace.calls.filter(({ path }) => path.endsWith('/Deploy'))
  const upload = trace.calls.find(({ path }) => path.endsWith('/Upload'))
  const [first, second] = deploys
  if (!first || !second || !upload) throw new Error(`This run uploaded nothing: ${trace.calls.map(({ path }) => path).join(', ')}`)
  const queued = written.buildStartedAt.getTime()
  const built = written.releasedAt.getTime()
  const starting = written.rolloutStartedAt.getTime()
  const live = written.endedAt.getTime()
  const answer = Math.max(answered, live)
  return {
    'micro starts, until its first call': first.began - typed,
    'files compared: first deploy call': upload.began - first.began,
    'upload of what changed': second.began - upload.began,
    'deployment written: second deploy call': written.createdAt.getTime() - second.began,
    'build job queued': queued - written.createdAt.getTime(),
    build: built - queued,
    'rollout job queued': starting - built,
    'start and health': live - starting,
    'switch, until the new answer': answer - live,
    'micro told, and ended': Math.max(0, trace.exited - answer),
  }
}
