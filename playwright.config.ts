import { defineConfig } from '@playwright/test'

/** Debian's Chromium, quiet: no traffic of its own, and no sandbox, which does not work for root in a container. */
const chromium = {
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  outputDir: 'test-results',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  workers: 1,
  forbidOnly: process.env.CI === 'true',
  use: { browserName: 'chromium', launchOptions: chromium, trace: 'retain-on-failure' },
})
