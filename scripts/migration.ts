import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathsOf } from '../config/paths.ts'
import { migrate } from '../prisma/migrate.ts'
import { requireDatabase } from '../processes/database.ts'
import { startPostgres } from '../processes/postgres.ts'

/** `npm run migration -- <name>`: writes a migration from what changed in prisma/schema.prisma, on a database of its own. */
const name = process.argv[2]
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error('Usage: npm run migration -- <name_in_snake_case>')
  process.exit(2)
}

const directory = await mkdtemp(join(tmpdir(), 'micro-migration-'))
await chmod(directory, 0o711)
const postgres = await startPostgres(pathsOf(directory), () => undefined)
try {
  await requireDatabase(postgres.url, { create: true })
  await migrate(postgres.url)
  process.exitCode = await prisma(['migrate', 'dev', '--name', name, '--create-only'], postgres.url)
} finally {
  await postgres.stop(AbortSignal.timeout(5_000))
  await rm(directory, { recursive: true, force: true })
}

function prisma(args: readonly string[], url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DATABASE_URL: url, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' }
    const child = spawn(process.execPath, ['node_modules/prisma/build/index.js', ...args], { stdio: 'inherit', env })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
