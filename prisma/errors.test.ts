import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { isDatabaseAway } from './errors.ts'

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a UNIX socket that is not there is a database that is away; a file that is not there is not', async () => {
  expect(isDatabaseAway(await failure(once(connect('/nonexistent/.s.PGSQL.5432'), 'connect')))).toBe(true)
  expect(isDatabaseAway(await failure(readFile('/nonexistent/Procfile')))).toBe(false)
})
