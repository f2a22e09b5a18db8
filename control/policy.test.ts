import { extendSchema, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roots, schema } from '../graphql/schema.ts'
import { rpcs } from '../grpc/rpc.ts'
import { implementations } from '../grpc/server.ts'
import { newId } from '../lib/ids.ts'
import { routerKey } from '../testing/grpc.ts'
import { namesById } from '../testing/policy/arguments.ts'
import { call } from '../testing/policy/call.ts'
import { fingerprint } from '../testing/policy/fingerprint.ts'
import { graphqlOperations, type Operation, rpcOperations } from '../testing/policy/operations.ts'
import { protoServices } from '../testing/policy/protos.ts'
import { createWorld, freshName, rolesBelow, targetOf, tokenOf, type World } from '../testing/policy/world.ts'
import { createTenant } from '../testing/tenant.ts'

/** 4-security, lines 3 and 4: whatever an edge offers is made of a verb, and is refused, over the wire, to all who may not. */
const services = await protoServices()
const implemented = implementations(rpcs(() => Promise.reject(new Error('called without a server')), undefined as never))
const [fields, methods] = [graphqlOperations(schema, roots), rpcOperations(services, implemented)]
const operations: Operation[] = [...fields.operations, ...methods.operations]

/** What a stranger may use: it must be possible before a log-in. Making more public means saying so here. */
const publicOperations = [
  'Query.me', // nobody, before a log-in
  'Query.installation', // what the log-in page shows
  'Mutation.signUp',
  'Mutation.logIn',
  'Mutation.refreshTokens', // proves itself by the refresh token
  'micro.auth.v1.AuthService/SignUp',
  'micro.auth.v1.AuthService/LogIn',
  'micro.auth.v1.AuthService/RefreshTokens',
]

describe('every operation has a policy', () => {
  test('fields of GraphQL', () => expect(fields.problems).toEqual([]))
  test('methods of gRPC', () => expect(methods.problems).toEqual([]))

  test('only what must be is public', () => {
    expect(operations.filter(({ access }) => access.kind === 'public').map(({ name }) => name)).toEqual(publicOperations)
  })

  test('only the internal package is for routers, and nothing is for the platform itself', () => {
    const special = operations.filter(({ access }) => access.kind === 'router' || access.kind === 'system')
    expect(special.map(({ name }) => name)).toEqual([
      'micro.router.v1.RouterService/WatchRoutes',
      'micro.router.v1.RouterService/ReportRoutes',
      'micro.router.v1.RouterService/ReportTraffic',
    ])
  })

  test('only what touches the host is for the operator', () => {
    expect(operations.filter(({ access }) => access.kind === 'operator').map(({ name }) => name)).toEqual([
      'Query.diskSweep',
      'Mutation.sweepDisk',
      'micro.system.v1.SystemService/RequestSweep',
      'micro.system.v1.SystemService/GetSweep',
    ])
  })

  test('viewers change nothing, and what touches secrets or ends a namespace is for more than developers', () => {
    const roleOf = (operation: Operation) => (operation.access.kind === 'namespace' ? operation.access.role : undefined)
    expect(fields.operations.filter((field) => field.root === 'Mutation' && roleOf(field) === 'VIEWER')).toEqual([])
    const high = operations.filter((operation) => ['ADMIN', 'OWNER'].includes(roleOf(operation) ?? ''))
    expect(Object.fromEntries(high.map((operation) => [operation.name, roleOf(operation)]))).toEqual({
      'Mutation.setCredential': 'ADMIN',
      'Mutation.deleteCredential': 'ADMIN',
      'Mutation.deleteNamespace': 'OWNER',
      'Mutation.setEgress': 'ADMIN',
      'Mutation.revealEnvVar': 'ADMIN',
      'micro.credential.v1.CredentialService/SetCredential': 'ADMIN',
      'micro.credential.v1.CredentialService/DeleteCredential': 'ADMIN',
      'micro.envvar.v1.EnvVarService/RevealEnvVar': 'ADMIN',
      'micro.namespace.v1.NamespaceService/DeleteNamespace': 'OWNER',
      'micro.namespace.v1.NamespaceService/SetEgress': 'ADMIN',
    })
  })

  test('a field without a verb is reported', () => {
    const extended = extendSchema(schema, parse('extend type Mutation { wipe: Boolean }'))
    const wiping = { ...roots, Mutation: { ...roots.Mutation, wipe: async () => true } }
    expect(graphqlOperations(extended, roots).problems).toEqual(['Mutation.wipe is not made of a verb, and so has no policy.'])
    expect(graphqlOperations(extended, wiping).problems).toEqual(['Mutation.wipe is not made of a verb, and so has no policy.'])
  })

  test('a field that runs something else than its verb is reported', () => {
    const pretending = {
      ...roots,
      Query: { ...roots.Query, services: Object.assign(async () => [], { verbName: 'x', access: { kind: 'user' } }) },
    }
    expect(graphqlOperations(schema, pretending).problems).toEqual([
      'Query.services runs something else than the verb that its policy is of.',
    ])
  })

  test('a method without a verb, and a service that nobody implements, are reported', () => {
    const without = implemented.map((one) => ({ ...one, methods: { ...one.methods, deleteService: async () => ({}) } }))
    expect(rpcOperations(services, without).problems).toEqual([
      'micro.runtime.v1.RuntimeService/DeleteService is not made of a verb, and so has no policy.',
    ])
    expect(rpcOperations(services, []).problems).toHaveLength(services.flatMap((service) => service.methods).length)
  })
})

describe('over the wire', () => {
  let world: World

  beforeAll(async () => {
    world = await createWorld()
  })
  afterAll(() => world.close())

  async function changingNothing(work: () => Promise<void>): Promise<void> {
    const before = await fingerprint(world.platform.ctx.db)
    await work()
    expect(await fingerprint(world.platform.ctx.db)).toEqual(before)
  }

  const closed = operations.filter(({ access }) => access.kind !== 'public')
  describe.each(closed.map((operation) => ({ ...operation, operation })))('$name', ({ operation }) => {
    test('is refused without a token, and with one that is worth nothing', () =>
      changingNothing(async () => {
        const to = targetOf(world.victim)
        const refusal = operation.access.kind === 'router' ? 'PERMISSION_DENIED' : 'UNAUTHENTICATED'
        expect(await call(world.edges, operation, to)).toMatchObject({ code: refusal })
        for (const [name, token] of Object.entries(world.badTokens)) {
          const answer = await call(world.edges, operation, to, token)
          expect({ name, ...answer }).toMatchObject({ name, code: 'UNAUTHENTICATED' })
        }
      }))
  })

  const scoped = operations.flatMap((operation) =>
    operation.access.kind === 'namespace' ? [{ name: operation.name, operation, role: operation.access.role }] : [],
  )
  describe.each(scoped)('$name', ({ operation, role }) => {
    const tooLow = rolesBelow(role)

    test('does not exist for members of another namespace, and is not for routers', () =>
      changingNothing(async () => {
        const to = targetOf(world.victim)
        expect(await call(world.edges, operation, to, tokenOf(world.stranger, 'OWNER'))).toMatchObject({ code: 'NOT_FOUND' })
        expect(await call(world.edges, operation, to, routerKey)).toMatchObject({ code: 'UNAUTHENTICATED' })
      }))

    if (tooLow.length > 0)
      test('is refused to roles that are too low', () =>
        changingNothing(async () => {
          for (const low of tooLow) {
            const answer = await call(world.edges, operation, targetOf(world.victim), tokenOf(world.victim, low))
            expect({ low, ...answer }).toMatchObject({ low, code: 'PERMISSION_DENIED' })
          }
        }))

    test('is done for the lowest role that may', async () => {
      // A tenant of its own, since what is deleted cannot be deleted again.
      const tenant = await createTenant(world.platform, freshName())
      expect(await call(world.edges, operation, targetOf(tenant), tokenOf(tenant, role))).toMatchObject({ code: 'OK' })
    })
  })

  const operators = operations.filter(({ access }) => access.kind === 'operator')
  test.each(operators.map((operation) => ({ name: operation.name, operation })))(
    '$name is for the operator only, whatever roles somebody has',
    async ({ operation }) => {
      await changingNothing(async () => {
        const answer = await call(world.edges, operation, targetOf(world.victim), tokenOf(world.victim, 'OWNER'))
        expect(answer).toMatchObject({ code: 'PERMISSION_DENIED' })
        expect(await call(world.edges, operation, targetOf(world.victim), routerKey)).toMatchObject({ code: 'UNAUTHENTICATED' })
      })
      const operator = await world.platform.createUser()
      const { db } = world.platform.ctx
      await db.user.update({ where: { id: operator.id }, data: { operator: true } })
      const { id: sweep } = await db.diskSweep.create({
        data: { id: newId('swp'), requestedBy: 'x', dryRun: true, keepReleases: 1, caches: false },
      })
      const to = { ...targetOf(world.victim), sweep }
      expect(await call(world.edges, operation, to, operator.login.accessToken)).toMatchObject({ code: 'OK' })
    },
  )

  const byId = operations.filter((operation) => namesById(operation) && operation.access.kind !== 'operator')
  test.each(byId.map((operation) => ({ name: operation.name, operation })))(
    '$name finds nothing by an id of another namespace',
    ({ operation }) =>
      changingNothing(async () => {
        const { deployment, instance, run, session } = targetOf(world.victim)
        const to = { ...targetOf(world.stranger), deployment, instance, run, session }
        expect(await call(world.edges, operation, to, tokenOf(world.stranger, 'OWNER'))).toMatchObject({ code: 'NOT_FOUND' })
      }),
  )

  const internal = operations.filter(({ access }) => access.kind === 'router')
  test.each(internal.map((operation) => ({ name: operation.name, operation })))(
    '$name is for the key of routers only',
    async ({ operation }) => {
      const to = targetOf(world.victim)
      for (const token of [tokenOf(world.victim, 'OWNER'), routerKey.replace(/.$/, '!'), routerKey.slice(1)])
        expect(['PERMISSION_DENIED', 'UNAUTHENTICATED']).toContain((await call(world.edges, operation, to, token)).code)
      expect(await call(world.edges, operation, to, routerKey)).toMatchObject({ code: 'OK' })
    },
  )

  test('what a user asks about himself says nothing of others', async () => {
    const own = operations.filter(({ access }) => access.kind === 'user')
    for (const operation of own) {
      const user = await world.platform.createUser()
      const { code, text } = await call(world.edges, operation, targetOf(world.victim), user.login.accessToken)
      expect({ name: operation.name, code }).toMatchObject({ code: expect.stringMatching(/^(OK|NOT_FOUND|INVALID_ARGUMENT)$/) })
      for (const { id } of [world.victim.namespace, ...Object.values(world.victim.members)]) expect(text).not.toContain(id)
    }
  })
})
