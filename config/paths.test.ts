import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { pathsOf } from './paths.ts'

test('sockets lie in the data directory', () => {
  expect(pathsOf('/srv/micro')).toMatchObject({ controlSocket: '/srv/micro/run/control.sock', postgresSocket: '/srv/micro/postgres/run' })
})

test('where that would be too long for a socket, they lie in short directories of its own', () => {
  const one = pathsOf(`/srv/${'a'.repeat(120)}`)
  const other = pathsOf(`/srv/${'b'.repeat(120)}`)
  expect(one.controlSocket.startsWith(tmpdir())).toBe(true)
  expect(Buffer.byteLength(`${one.postgresSocket}/.s.PGSQL.5432.lock`)).toBeLessThanOrEqual(107)
  expect(new Set([one.run, one.postgresSocket, other.run, other.postgresSocket]).size).toBe(4)
  expect(pathsOf(one.data)).toEqual(one)
})
