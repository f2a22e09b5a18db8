import { type DescMessage, fromJson, type JsonObject, type Message } from '@bufbuild/protobuf'
import { type GraphQLField, type GraphQLOutputType, getNamedType, isLeafType, isNonNullType, isObjectType } from 'graphql'
import type { GraphqlOperation, Operation, RpcOperation } from './operations.ts'

/** Real names and ids, by which a call without a check would really leak or change something. */
export type Target = {
  namespace: string
  service: string
  deployment: string
  instance: string
  run: string
  session: string
  host: string
  /** A secret of the service. */
  variable: string
  cursor: string
  /** Only where an operator is asked for one. */
  sweep?: string
}

const git = { url: 'https://git.example.com/hello.git' }
const account = { email: 'somebody@example.com', password: 'a password', namespace: 'somebody' }

/** By name of the argument or field; by operation where the name alone does not say what it means. */
const valuesOf = (to: Target): Record<string, unknown> => ({
  namespace: to.namespace,
  name: to.service,
  service: to.service,
  id: to.deployment,
  deployment: to.deployment,
  deploymentId: to.deployment,
  instance: to.instance,
  run: to.run,
  runId: to.run,
  command: ['true'],
  host: to.host,
  username: 'mallory',
  secret: 'another secret',
  variables: [{ name: to.variable, value: 'another secret' }],
  names: [to.variable],
  deploy: true,
  version: 1,
  instances: 3,
  first: 10,
  last: 10,
  pageSize: 10,
  tail: 10,
  git,
  currentPassword: 'not the password',
  newPassword: 'another password',
  allowed: false,
  refreshToken: 'mrt_unknown',
  routerId: 'router',
  sequence: '1',
  releases: [],
  email: account.email,
  password: account.password,
  login: account.email,
  'Query.run:id': to.run,
  'Subscription.run:id': to.run,
  'Mutation.cancelRun:id': to.run,
  'Mutation.revealEnvVar:name': to.variable,
  'micro.envvar.v1.EnvVarService/RevealEnvVar:name': to.variable,
  'Query.namespace:name': to.namespace,
  'Mutation.deleteNamespace:name': to.namespace,
  'Mutation.createNamespace:name': 'somebody-by-graphql',
  'Query.diskSweep:id': to.sweep ?? 'swp_none',
  'micro.system.v1.SystemService/GetSweep:id': to.sweep ?? 'swp_none',
  'Mutation.revokeSession:id': to.session,
  'Mutation.signUp:input': account,
  'Mutation.logIn:input': { login: account.email, password: account.password },
  'micro.namespace.v1.NamespaceService/DeleteNamespace:name': to.namespace,
  'micro.namespace.v1.NamespaceService/SetEgress:name': to.namespace,
  'micro.namespace.v1.NamespaceService/CreateNamespace:name': 'somebody-by-grpc',
  'micro.auth.v1.AuthService/SignUp:namespace': 'somebody',
})

/** They change how much is answered, or what exactly is asked for, but not whose. */
const leftOut = new Set([
  'after',
  'entry',
  'timeoutMs',
  'kind',
  'options',
  'local',
  'trigger',
  'force',
  'follow',
  'since',
  'build',
  'inFlight',
  'dryRun',
  'caches',
  'keepReleases',
])

/** @throws when an argument was added that nobody has said a value for */
function givenAs(operation: string, name: string, to: Target): unknown {
  const values = valuesOf(to)
  const value = values[`${operation}:${name}`] ?? values[name]
  if (value === undefined && !leftOut.has(name))
    throw new Error(`Say in testing/policy/arguments.ts what ${operation} is to be given as ${name}.`)
  return value
}

const ids = ['id', 'deployment', 'deploymentId', 'instance', 'run', 'runId']

/** Whether the operation is told by an id, and not by a name in the namespace, what it is about. */
export function namesById(operation: Operation): boolean {
  const names =
    operation.edge === 'graphql'
      ? operation.field.args.map(({ name }) => name)
      : operation.method.input.fields.map(({ localName }) => localName)
  return names.some((name) => ids.includes(name))
}

/** A document that asks for all that a field gives, with values for its arguments. */
export function documentOf({ root, field, name }: GraphqlOperation, to: Target): { query: string; variables: Record<string, unknown> } {
  const variables = Object.fromEntries(
    field.args.map((arg) => [arg.name, givenAs(name, arg.name, to)]).filter(([, value]) => value !== undefined),
  )
  const given = field.args.filter((arg) => arg.name in variables || isNonNullType(arg.type))
  const head = given.length > 0 ? `(${given.map((arg) => `$${arg.name}: ${arg.type}`).join(', ')})` : ''
  const args = given.length > 0 ? `(${given.map((arg) => `${arg.name}: $${arg.name}`).join(', ')})` : ''
  return { query: `${root.toLowerCase()}${head} { ${field.name}${args}${selection(field.type, [])} }`, variables }
}

/** All fields that need no arguments, and theirs, but no type twice on the way down. */
function selection(output: GraphQLOutputType, above: readonly string[]): string {
  const type = getNamedType(output)
  if (isLeafType(type) || !isObjectType(type)) return ''
  const wanted = (field: GraphQLField<unknown, unknown>) =>
    field.args.every((arg) => !isNonNullType(arg.type) || arg.defaultValue !== undefined) && !above.includes(getNamedType(field.type).name)
  const fields = Object.values(type.getFields()).filter(wanted)
  return ` { __typename ${fields.map((field) => `${field.name}${selection(field.type, [...above, type.name])}`).join(' ')} }`
}

/** Request messages of a method: one, or for a stream of them what begins it. */
export function requestsOf({ method, name }: RpcOperation, to: Target): Message[] {
  if (method.methodKind === 'client_streaming') return streamOf(method.input, to)
  const values = method.input.fields.map((field) => [field.localName, givenAs(name, field.localName, to)])
  return [fromJson(method.input, Object.fromEntries(values.filter(([, value]) => value !== undefined)) as JsonObject)]
}

function streamOf(input: DescMessage, { namespace }: Target): Message[] {
  if (input.typeName !== 'micro.runtime.v1.UploadRequest')
    throw new Error(`Say in testing/policy/arguments.ts how a stream of ${input.typeName} begins.`)
  const header = { namespace, sha256: Buffer.from(emptySha256, 'hex').toString('base64'), size: '0' }
  return [fromJson(input, { header })]
}

const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
