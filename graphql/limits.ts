import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit'
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases'
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth'
import type { ValidationRule } from 'graphql'

/** What one operation may ask for; the console's largest is at about a tenth of each. Introspection is within the cost limit too. */
export const limits = { depth: 14, aliases: 30, cost: 5_000, tokens: 4_000, bodyBytes: 1024 * 1024 }

/** The visitors of graphql-armor are classes of its own, hence the assertion. */
export const validationRules = [
  maxDepthRule({ n: limits.depth, ignoreIntrospection: false }),
  maxAliasesRule({ n: limits.aliases }),
  costLimitRule({ maxCost: limits.cost, objectCost: 2, scalarCost: 1, depthCostFactor: 1.5, ignoreIntrospection: false }),
] as ValidationRule[]
