import { expect, test } from 'vitest'
import { ask, greetDescriptors, grpcRoute, httpRoute, startHttp, startHttp2, startTestRouter, until } from './testing.ts'
import { latencyBucket, latencyBucketCount } from './traffic.ts'

const canaryOf = (port: number, percent: number) => ({
  canary: { id: 'dep_2', release: 2, percent, upstreams: [{ instance: `canary-${port}`, host: '127.0.0.1', port }] },
})
const answers = async (port: number, count: number) => {
  const bodies: string[] = []
  for (let i = 0; i < count; i++) bodies.push((await ask(port, { path: '/hello' })).body)
  return bodies
}

test('of a hundred requests exactly its percentage are the canary’s, and each release is counted by itself', async () => {
  const live = await startHttp((_, response) => response.end('live'))
  const canary = await startHttp((request, response) => {
    response.statusCode = request.url === '/fail' ? 500 : 200
    response.end('canary')
  })
  const { port, routes } = await startTestRouter([httpRoute('hello', [live.port], canaryOf(canary.port, 10))])
  const bodies = await answers(port, 100)
  expect(bodies.filter((body) => body === 'canary')).toHaveLength(10)
  for (let i = 0; i < 20; i++) await ask(port, { path: '/hello/fail' })
  const counted = (release: number) => {
    const reports = routes.traffic.flatMap(({ releases }) => releases.filter((each) => each.release === release))
    const sum = (value: (each: (typeof reports)[number]) => bigint) => reports.reduce((total, each) => total + value(each), 0n)
    const inBuckets = reports.flatMap(({ latencyBuckets }) => latencyBuckets).reduce((total, count) => total + count, 0n)
    return { requests: sum(({ requests }) => requests), errors: sum(({ errors }) => errors), inBuckets }
  }
  await until(() => counted(1).requests + counted(2).requests === 120n)
  expect(counted(1)).toEqual({ requests: 108n, errors: 0n, inBuckets: 108n })
  expect(counted(2)).toEqual({ requests: 12n, errors: 2n, inBuckets: 12n })
  expect(routes.traffic.map(({ sequence }) => sequence)).toEqual(routes.traffic.map((_, index) => BigInt(index + 1)))
})

test('a canary that does not accept connections costs no request', async () => {
  const live = await startHttp((_, response) => response.end('live'))
  const gone = await startHttp(() => {})
  await gone.close()
  const { port } = await startTestRouter([httpRoute('hello', [live.port], canaryOf(gone.port, 50))])
  expect(new Set(await answers(port, 6))).toEqual(new Set(['live']))
})

test('the share goes on over changes of the table, and ends with the canary', async () => {
  const live = await startHttp((_, response) => response.end('live'))
  const canary = await startHttp((_, response) => response.end('canary'))
  const { port, routes } = await startTestRouter([httpRoute('hello', [live.port], canaryOf(canary.port, 50))])
  expect(await answers(port, 1)).toEqual(['live'])
  routes.push({ routes: [httpRoute('hello', [live.port], { ...canaryOf(canary.port, 50), unavailableReason: 'touched' })] })
  await until(() => routes.reports.at(-1)?.version === 2n)
  expect(await answers(port, 2)).toEqual(['canary', 'live'])
  routes.push({ routes: [httpRoute('hello', [canary.port], { release: 2 })] })
  await until(() => routes.reports.at(-1)?.version === 3n)
  expect(await answers(port, 2)).toEqual(['canary', 'canary'])
})

test.each([
  [13, 1n],
  [5, 0n],
])('gRPC status %i counts as %i errors, though the HTTP status is 200', async (status, errors) => {
  const failing = await startHttp2((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'application/grpc', 'grpc-status': String(status), 'grpc-message': 'no' })
    response.end()
  })
  const { port, routes } = await startTestRouter([
    grpcRoute('greeter', [failing.port], await greetDescriptors(), canaryOf(failing.port, 1)),
  ])
  await ask(port, { path: '/greeter/Call', method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  await until(() => routes.traffic.length > 0)
  expect(routes.traffic[0]?.releases).toMatchObject([{ namespace: 'bright-fox', service: 'greeter', release: 1, requests: 1n, errors }])
})

test('a latency lies in the first bucket whose bound 2^(i/2) ms is above it', () => {
  for (const ms of [0, 0.5, 1, 1.3, 1.5, 2, 7, 100, 60_000]) {
    const bucket = latencyBucket(ms)
    expect(2 ** (bucket / 2)).toBeGreaterThan(ms)
    if (bucket > 0) expect(2 ** ((bucket - 1) / 2)).toBeLessThanOrEqual(ms)
  }
  expect(latencyBucket(1e9)).toBe(latencyBucketCount - 1)
})
