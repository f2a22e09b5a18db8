import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { credentialMutations } from './credential/mutation.ts'
import { credentialQueries } from './credential/query.ts'
import { DateTime } from './date-time.ts'
import { deploymentMutations } from './deployment/mutation.ts'
import { deploymentQueries } from './deployment/query.ts'
import { deploymentSubscriptions } from './deployment/subscription.ts'
import { deploymentTypes } from './deployment/type.ts'
import { envVarMutations } from './env-var/mutation.ts'
import { envVarQueries } from './env-var/query.ts'
import { asFields, translated } from './field.ts'
import { logQueries } from './log/query.ts'
import { logSubscriptions } from './log/subscription.ts'
import { logTypes } from './log/type.ts'
import { namespaceMutations } from './namespace/mutation.ts'
import { namespaceQueries } from './namespace/query.ts'
import { namespaceTypes } from './namespace/type.ts'
import { runMutations } from './run/mutation.ts'
import { runQueries } from './run/query.ts'
import { runSubscriptions } from './run/subscription.ts'
import { runTypes } from './run/type.ts'
import { serviceMutations } from './service/mutation.ts'
import { serviceQueries } from './service/query.ts'
import { serviceSubscriptions } from './service/subscription.ts'
import { serviceTypes } from './service/type.ts'
import { systemMutations } from './system/mutation.ts'
import { systemQueries } from './system/query.ts'
import { userMutations } from './user/mutation.ts'
import { userQueries } from './user/query.ts'

const nouns = ['.', 'user', 'namespace', 'service', 'deployment', 'log', 'run', 'credential', 'env-var', 'system']
const typeDefs = nouns.map((noun) => readFileSync(new URL(`${noun}/schema.graphql`, import.meta.url), 'utf8'))

/** Root fields by operation: the policy test walks them. */
export const roots = {
  Query: {
    ...userQueries,
    ...namespaceQueries,
    ...serviceQueries,
    ...deploymentQueries,
    ...logQueries,
    ...runQueries,
    ...credentialQueries,
    ...envVarQueries,
    ...systemQueries,
  },
  Mutation: {
    ...userMutations,
    ...namespaceMutations,
    ...serviceMutations,
    ...deploymentMutations,
    ...runMutations,
    ...credentialMutations,
    ...envVarMutations,
    ...systemMutations,
  },
  Subscription: { ...serviceSubscriptions, ...deploymentSubscriptions, ...logSubscriptions, ...runSubscriptions },
}

export const schema = makeExecutableSchema({
  typeDefs,
  resolvers: {
    ...translated({ ...namespaceTypes, ...serviceTypes, ...deploymentTypes, ...logTypes, ...runTypes }),
    DateTime,
    Query: asFields(roots.Query),
    Mutation: asFields(roots.Mutation),
    Subscription: roots.Subscription,
  },
  resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
})
