import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import type { GraphQLError, ValidationContext, ValidationRule } from 'graphql'
import { costRule } from './cost.ts'

/** What one operation may ask for. Of introspection, graphql's own rules bound how lists are nested; for our types the cost does. */
export const limits = { depth: 12, aliases: 30, cost: 20_000, tokens: 4_000, bodyBytes: 1024 * 1024 }

/** As an error of the operation: thrown, it would count as a fault of the server. */
const reported = {
  propagateOnRejection: false,
  onReject: [(context: ValidationContext | null, error: GraphQLError) => context?.reportError(error)],
}

/** The visitors of graphql-armor are classes of its own, hence the assertion. */
export const validationRules = [
  maxDepthRule({ n: limits.depth, ignoreIntrospection: true, ...reported }),
  maxAliasesRule({ n: limits.aliases, ...reported }),
  costRule(limits.cost),
] as ValidationRule[]
