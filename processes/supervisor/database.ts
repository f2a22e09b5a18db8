import type { ServerSettings } from '../../config/server.ts'
import { startPostgres } from '../postgres.ts'
import type { Progress } from '../progress.ts'
import { type KeptRunning, keepRunning } from './unit.ts'

export const databaseStopMs = 2_000

export type Database = {
  url: string
  /** The embedded one; undefined when the database is somebody else's to run. */
  postgres: KeptRunning | undefined
  /** Makes sure that it can be used, and brings it up to date. */
  migrate(): Promise<void>
}

export async function openDatabase(
  settings: ServerSettings,
  onLine: (line: string) => void,
  progress: Progress,
  signal: AbortSignal,
): Promise<Database> {
  const { databaseUrl, paths } = settings
  if (databaseUrl !== undefined)
    return { url: databaseUrl, postgres: undefined, migrate: () => prepareTables(databaseUrl, false, progress) }
  let url = ''
  const unit = {
    name: 'PostgreSQL',
    async start() {
      const postgres = await startPostgres(paths, onLine)
      url = postgres.url
      return postgres
    },
  }
  const postgres = await progress.stage('Starting PostgreSQL', () => keepRunning(unit, progress.line, signal))
  return { url, postgres, migrate: () => prepareTables(url, true, progress) }
}

async function prepareTables(url: string, create: boolean, progress: Progress): Promise<void> {
  const { bringUpToDate } = await import('../database.ts')
  await progress.stage('Preparing the database', () => bringUpToDate(url, { create }))
}
