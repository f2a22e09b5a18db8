import { test as base } from '@playwright/test'
import { type Installation, startInstallation } from './installation.ts'

export type RunningPlatform = {
  /** Of the console. */
  url: string
  /** The installation that the tests started themselves; absent with MICRO_E2E_URL. */
  installation?: Installation
}

/** A platform for all tests of a worker: one of their own, or a running one at MICRO_E2E_URL. */
export const test = base.extend<object, { platform: RunningPlatform }>({
  platform: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here.
    async ({}, use) => {
      const url = process.env.MICRO_E2E_URL
      if (url) return use({ url })
      const installation = await startInstallation()
      await use({ url: `http://localhost:${installation.server.port}`, installation })
      await installation.close()
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  baseURL: async ({ platform }, use) => use(platform.url),
})

export { expect } from '@playwright/test'
