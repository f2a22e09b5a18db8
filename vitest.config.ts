import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'cli/templates/**', 'examples/**', '.next/**'],
    pool: 'forks',
    globalSetup: ['testing/database-server.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
