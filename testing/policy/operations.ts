import type { DescMethod, DescService } from '@bufbuild/protobuf'
import type { GraphQLField, GraphQLSchema } from 'graphql'
import type { Access } from '../../control/verb.ts'
import { isPolicy } from './policy.ts'

/** A root field of GraphQL. */
export type GraphqlOperation = { edge: 'graphql'; name: string; access: Access; root: Root; field: GraphQLField<unknown, unknown> }
/** A method of gRPC. */
export type RpcOperation = { edge: 'grpc'; name: string; access: Access; service: DescService; method: DescMethod }
export type Operation = GraphqlOperation | RpcOperation

/** What has no policy, as sentences; and the operations that have one. */
export type Found<O> = { operations: O[]; problems: string[] }

const rootNames = ['Query', 'Mutation', 'Subscription'] as const
type Root = (typeof rootNames)[number]
export type Roots = Readonly<Record<Root, Readonly<Record<string, unknown>>>>

export function graphqlOperations(schema: GraphQLSchema, roots: Roots): Found<GraphqlOperation> {
  const found: Found<GraphqlOperation> = { operations: [], problems: [] }
  for (const root of rootNames) {
    for (const field of Object.values(schema.getRootType(root.toLowerCase() as never)?.getFields() ?? {})) {
      const name = `${root}.${field.name}`
      const made = roots[root][field.name]
      const policy = root === 'Subscription' && isObject(made) ? made.subscribe : made
      // What the schema runs must be what carries the policy.
      const runs = root === 'Subscription' ? field.subscribe : field.resolve
      if (!isPolicy(policy)) found.problems.push(`${name} is not made of a verb, and so has no policy.`)
      else if (!Object.is(policy, runs)) found.problems.push(`${name} runs something else than the verb that its policy is of.`)
      else found.operations.push({ edge: 'graphql', name, access: policy.access, root, field })
    }
  }
  return found
}

export type Implementation = { service: DescService; methods: object }

/** @param services all of gen/proto: one that nobody implements has no policy either */
export function rpcOperations(services: readonly DescService[], implementations: readonly Implementation[]): Found<RpcOperation> {
  const found: Found<RpcOperation> = { operations: [], problems: [] }
  for (const service of services) {
    const methods = implementations.find((one) => one.service.typeName === service.typeName)?.methods ?? {}
    for (const method of service.methods) {
      const name = `${service.typeName}/${method.name}`
      const policy: unknown = Reflect.get(methods, method.localName)
      if (isPolicy(policy)) found.operations.push({ edge: 'grpc', name, access: policy.access, service, method })
      else found.problems.push(`${name} is not made of a verb, and so has no policy.`)
    }
  }
  return found
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
