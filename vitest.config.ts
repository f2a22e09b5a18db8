import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // As Node itself resolves it: graphql must be the same module here as in the packages that use it, and Vite would choose another of its files.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', 'cli/templates/**', 'examples/**', '.next/**'],
    pool: 'forks',
    // By itself it leaves one processor idle, and most of these tests wait for others: servers, containers, builds.
    maxWorkers: Math.max(2, availableParallelism()),
    globalSetup: ['testing/database-server.ts', 'testing/docker-engine.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
