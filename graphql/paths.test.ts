import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGraphql, type TestGraphql } from '../testing/graphql.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'

let platform: TestPlatform
let graphql: TestGraphql
beforeAll(async () => {
  platform = await createTestPlatform()
  graphql = await startGraphql(platform)
})
afterAll(async () => {
  await graphql.close()
  await platform.close()
})

test.each(['//', '//[', '//graphql', '/graphql/', '/other'])('%s is left to others', async (path) => {
  expect((await graphql.request(path, { signal: AbortSignal.timeout(5_000) })).status).toBe(404)
})
