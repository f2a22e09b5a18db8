import { fileURLToPath } from 'node:url'
import { defineConfig } from 'prisma/config'

// The stock schema engine is a binary that is fetched from the internet; this one speaks its protocol and comes by npm.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= fileURLToPath(new URL('scripts/prisma-schema-engine.mjs', import.meta.url))

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
})
