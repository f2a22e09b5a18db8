import { expect, test } from 'vitest'
import { namedTimeout, startDeadline } from './deadline.ts'

test.for([
  [{}, undefined],
  [{ 'micro-timeout': '30s' }, 30_000],
  [{ 'micro-timeout': '500ms' }, 500],
  [{ 'micro-timeout': '1.5' }, 1_500],
  [{ 'micro-timeout': '2m' }, 120_000],
  [{ 'micro-timeout': '99999999h' }, 2 ** 31 - 1],
  [{ 'grpc-timeout': '5S' }, 5_000],
  [{ 'grpc-timeout': '250m' }, 250],
  [{ 'grpc-timeout': '1n' }, 1],
  [{ 'connect-timeout-ms': '70' }, 70],
  [{ 'micro-timeout': '1s', 'grpc-timeout': '2S' }, 1_000],
] as const)('%o is %s ms', ([headers, timeoutMs]) => {
  expect(namedTimeout(headers)).toBe(timeoutMs)
})

test.for(['soon', '-1s', '1d', '1e3', '1s, 2s'])('Micro-Timeout: %s is refused', (value) => {
  expect(() => namedTimeout({ 'micro-timeout': value })).toThrow(/micro-timeout/)
})

test('a deadline tells its listeners once, but not those who left or a call that ended', async () => {
  const call = new AbortController()
  const deadline = startDeadline(10, { signal: call.signal })
  const heard: string[] = []
  deadline.onPassed(({ message }) => heard.push(message))
  deadline.onPassed(() => heard.push('left'))()
  await expect.poll(() => heard).toEqual(['The service did not answer within 10 ms.'])

  const ended = startDeadline(10, { signal: call.signal })
  ended.onPassed(() => heard.push('late'))
  call.abort()
  const other = startDeadline(20, { signal: new AbortController().signal })
  await new Promise<unknown>((resolve) => other.onPassed(resolve))
  expect(heard).toHaveLength(1)
})
