import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namespaceChannel } from '../control/context.ts'
import { bearer, events, type GraphqlAnswer, startGraphql, type TestGraphql } from '../testing/graphql.ts'
import { createTestPlatform, type TestPlatform } from '../testing/platform.ts'
import { createTenant, type Tenant } from '../testing/tenant.ts'
import { waitFor } from '../testing/wait-for.ts'
import { limits } from './limits.ts'

let platform: TestPlatform
let graphql: TestGraphql
let tenant: Tenant
let stranger: Tenant

beforeAll(async () => {
  platform = await createTestPlatform()
  graphql = await startGraphql(platform)
  stranger = await createTenant(platform)
})
beforeEach(async () => {
  tenant = await createTenant(platform)
})
afterAll(async () => {
  await graphql.close()
  await platform.close()
})

const tokenOf = ({ members }: Tenant) => members.VIEWER.login.accessToken
const services = 'subscription($namespace: String!) { services(namespace: $namespace) { name instancesWanted } }'

/** A stream that a browser shares among its pages. */
async function reserve(token: string) {
  const headers = { ...bearer(token), 'apollo-require-preflight': '1' }
  const response = await graphql.request('/graphql/stream', { method: 'PUT', headers })
  const name = await response.text()
  return { status: response.status, name, ...streamOf(name, token) }
}

function streamOf(name: string, token: string) {
  const headers = { ...bearer(token), 'x-graphql-event-stream-token': name }
  const left = new AbortController()
  return {
    close: () => left.abort(),
    open: () => graphql.request('/graphql/stream', { headers: { ...headers, accept: 'text/event-stream' }, signal: left.signal }),
    start: (id: string, query: string, variables: unknown, extra: Record<string, unknown> = {}) =>
      graphql.request('/graphql/stream', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables, extensions: { operationId: id }, ...extra }),
      }),
    stop: (id: string) => graphql.request(`/graphql/stream?operationId=${id}`, { method: 'DELETE', headers }),
  }
}

/** Results of a stream, by operation, as they come. */
async function* resultsOf(response: Response) {
  for await (const { event, data } of events(response)) {
    // A comment keeps the connection alive, and is no event.
    if (event) yield { event, ...(JSON.parse(data) as { id: string; payload?: GraphqlAnswer }) }
  }
}

const change = async ({ namespace, serviceId }: Tenant) => {
  await platform.ctx.db.service.update({ where: { id: serviceId }, data: { instancesWanted: { increment: 1 } } })
  await platform.ctx.platform.bus.publish(namespaceChannel(namespace.id), { kind: 'service', id: serviceId, service: serviceId })
}

describe('one connection for several subscriptions', () => {
  test('carries the results of each, and the end of one that ends', async () => {
    const { status, open, start, close } = await reserve(tokenOf(tenant))
    expect(status).toBe(201)
    const results = resultsOf(await open())
    const variables = { namespace: tenant.namespace.name }
    expect((await start('1', services, variables)).status).toBe(202)
    expect((await results.next()).value).toEqual({
      event: 'next',
      id: '1',
      payload: { data: { services: [{ name: 'hello', instancesWanted: 1 }] } },
    })
    await platform.ctx.db.deployment.update({ where: { id: tenant.deployment }, data: { state: 'CANCELED' } })
    const one = 'subscription($namespace: String!, $id: ID!) { deployment(namespace: $namespace, id: $id) { state } }'
    await start('2', one, { ...variables, id: tenant.deployment })
    expect((await results.next()).value).toEqual({ event: 'next', id: '2', payload: { data: { deployment: { state: 'CANCELED' } } } })
    expect((await results.next()).value).toMatchObject({ event: 'complete', id: '2' })
    await change(tenant)
    expect((await results.next()).value).toMatchObject({ id: '1', payload: { data: { services: [{ instancesWanted: 2 }] } } })
    close()
  })

  test('tells the error of one, and carries the others on', async () => {
    const { open, start, close } = await reserve(tokenOf(tenant))
    const results = resultsOf(await open())
    await start('good', services, { namespace: tenant.namespace.name })
    await results.next()
    await start('bad', services, { namespace: stranger.namespace.name })
    expect((await results.next()).value).toMatchObject({
      event: 'next',
      id: 'bad',
      payload: { data: null, errors: [{ extensions: { code: 'NOT_FOUND' } }] },
    })
    expect((await results.next()).value).toMatchObject({ event: 'complete', id: 'bad' })
    await change(tenant)
    expect((await results.next()).value).toMatchObject({ id: 'good', payload: { data: { services: [{ instancesWanted: 2 }] } } })
    close()
  })

  test('unsubscribing, and leaving, end the work on the server at once', async () => {
    const { bus } = platform.ctx.platform
    const open = watchBus(namespaceChannel(tenant.namespace.id))
    const stream = await reserve(tokenOf(tenant))
    const results = resultsOf(await stream.open())
    const variables = { namespace: tenant.namespace.name }
    await stream.start('1', services, variables)
    await results.next()
    await stream.start('2', services, variables)
    await results.next()
    expect(open.count).toBe(2)
    expect((await stream.stop('1')).status).toBe(200)
    await waitFor('one is left', () => open.count === 1)
    stream.close()
    await waitFor('none is left', () => open.count === 0)
    platform.ctx.platform.bus = bus
  })
})

/** Counts the subscriptions of a channel that are in force. */
function watchBus(channel: string): { count: number } {
  const { bus } = platform.ctx.platform
  const open = { count: 0 }
  platform.ctx.platform.bus = {
    ...bus,
    async *subscribe(name, options) {
      if (name === channel) open.count += 1
      try {
        yield* bus.subscribe(name, options)
      } finally {
        if (name === channel) open.count -= 1
      }
    },
  }
  return open
}

describe('a reserved stream', () => {
  test('is for users only', async () => {
    for (const method of ['PUT', 'GET', 'POST', 'DELETE']) {
      const response = await graphql.request('/graphql/stream', {
        method,
        headers: { accept: method === 'GET' ? 'text/event-stream' : '*/*' },
      })
      expect({ method, status: response.status }).toEqual({ method, status: 401 })
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    }
  })

  test('is nothing to anyone but the session that reserved it: not to open, nor to add to, nor to stop', async () => {
    const { name, open, start, close } = await reserve(tokenOf(tenant))
    const theirs = streamOf(name, tokenOf(stranger))
    expect((await theirs.open()).status).toBe(404)
    const results = resultsOf(await open())
    await start('1', services, { namespace: tenant.namespace.name })
    await results.next()
    expect((await theirs.start('2', services, { namespace: stranger.namespace.name })).status).toBe(404)
    expect((await theirs.stop('1')).status).toBe(404)
    await change(tenant)
    expect((await results.next()).value).toMatchObject({ id: '1', payload: { data: { services: [{ instancesWanted: 2 }] } } })
    close()
  })

  test.each(['mine', '__proto__', 'constructor', 'x.y', '.'])('cannot be named by who reserves it: %s', async (name) => {
    const response = await graphql.request('/graphql/stream', {
      method: 'PUT',
      headers: { ...bearer(tokenOf(tenant)), 'x-graphql-event-stream-token': name },
    })
    expect(response.status).toBe(404)
  })

  test('is opened once', async () => {
    const { open, close } = await reserve(tokenOf(tenant))
    expect((await open()).status).toBe(200)
    expect((await open()).status).toBe(409)
    close()
  })
})

describe('a subscription is limited', () => {
  const results = (query: string, variables: Record<string, unknown> = {}) => graphql.watch(query, variables, bearer(tokenOf(tenant)))

  test('in bytes, tokens and depth, as other operations are', async () => {
    const errors = async (query: string, variables?: Record<string, unknown>) => (await results(query, variables).next()).value?.errors?.[0]
    expect(await errors(services, { padding: 'x'.repeat(limits.bodyBytes) })).toMatchObject({ extensions: { reason: 'BODY_TOO_LARGE' } })
    expect(await errors(`subscription { ${'__typename '.repeat(limits.tokens)} }`)).toMatchObject({
      message: expect.stringMatching(/tokens/),
    })
    const deep = (levels: number): string => (levels === 0 ? 'id' : `lastDeployment { service { ${deep(levels - 1)} } }`)
    expect(await errors(`subscription { services(namespace: "a") { ${deep(limits.depth)} } }`)).toMatchObject({
      message: expect.stringMatching(/depth/i),
    })
  })

  test('to subscriptions', async () => {
    const query = 'mutation { createNamespace { name } }'
    const before = await platform.ctx.db.namespace.count()
    expect((await results(query).next()).value?.errors?.[0]?.message).toMatch(/Only subscriptions/)
    expect((await results('{ me { id } }').next()).value?.errors?.[0]?.message).toMatch(/Only subscriptions/)
    expect(await platform.ctx.db.namespace.count()).toBe(before)
  })
})
