import { test as base } from '@playwright/test'

export type RunningPlatform = { url: string }

/** Tests of the console run against the platform at MICRO_E2E_URL. */
export const test = base.extend<object, { platform: RunningPlatform }>({
  platform: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright wants a pattern here.
    async ({}, use) => {
      const url = process.env.MICRO_E2E_URL
      if (!url) throw new Error('Set MICRO_E2E_URL to the address of a running platform: http://localhost:8080')
      await use({ url })
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ platform }, use) => use(platform.url),
})

export { expect } from '@playwright/test'
