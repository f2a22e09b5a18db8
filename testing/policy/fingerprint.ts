import type { Db } from '../../prisma/client.ts'

/** Written by calls that are refused, too: who was refused, and when a session was last seen. */
const passing = new Set(['AuditEntry', 'LoginThrottle', 'Session', 'Router', '_prisma_migrations'])

/** The content of every table, so that whatever is added, removed or changed shows. */
export async function fingerprint(db: Db): Promise<Record<string, string>> {
  const tables = await db.$queryRaw<
    { name: string }[]
  >`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`
  const selects = tables
    .filter(({ name }) => !passing.has(name))
    .map(({ name }) => `SELECT '${name}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS hash FROM "${name}" t`)
  const rows = await db.$queryRawUnsafe<{ name: string; hash: string }[]>(selects.join(' UNION ALL '))
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}
