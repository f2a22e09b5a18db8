import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** Of a list whose length the query does not name: about what a namespace's plan allows. */
const assumedLength = 10
/** Of a list whose length is a variable: the most that `first` and `last` of nested fields take. */
const longestLength = 100

/**
 * Refuses what could ask for more values than `maxCost`: each field counts one, and what is below a list counts once for each item it may
 * have. So nesting lists in lists costs their product, however deep or shallow the query is written.
 */
export const costRule =
  (maxCost: number) =>
  (context: ValidationContext): ASTVisitor => ({
    OperationDefinition(operation) {
      const type = context.getSchema().getRootType(operation.operation)
      const cost = type ? costOf(context, operation.selectionSet, type, new Set()) : 0
      if (cost > maxCost)
        context.reportError(
          new GraphQLError(`This operation could return ${cost} values; ${maxCost} is the most.`, {
            nodes: operation,
            extensions: { reason: 'COST_LIMIT' },
          }),
        )
    },
  })

function costOf(context: ValidationContext, { selections }: SelectionSetNode, type: GraphQLNamedType, within: ReadonlySet<string>): number {
  let cost = 0
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      cost += costOfField(context, selection, type, within)
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : context.getFragment(selection.name.value)
    // A fragment within itself is refused by a rule of its own.
    if (!fragment || (selection.kind === Kind.FRAGMENT_SPREAD && within.has(selection.name.value))) continue
    const name = fragment.typeCondition?.name.value
    const narrowed = (name && context.getSchema().getType(name)) || type
    cost += costOf(
      context,
      fragment.selectionSet,
      narrowed,
      selection.kind === Kind.FRAGMENT_SPREAD ? new Set([...within, selection.name.value]) : within,
    )
  }
  return cost
}

function costOfField(context: ValidationContext, node: FieldNode, parent: GraphQLNamedType, within: ReadonlySet<string>): number {
  // Introspection is as long as the schema: how its lists may be nested is limited by a rule of graphql's own.
  if (node.name.value.startsWith('__')) return 1
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
  const type = field && getNamedType(field.type)
  if (!field || !type || !node.selectionSet || !isCompositeType(type)) return 1
  return 1 + lengthOf(node, field) * costOf(context, node.selectionSet, type, within)
}

function lengthOf(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
  if (!isListType(getNullableType(field.type))) return 1
  const limit = field.args.find(({ name }) => name === 'first' || name === 'last')
  if (!limit) return assumedLength
  const given = node.arguments?.find(({ name }) => name.value === limit.name)?.value
  if (!given) return typeof limit.defaultValue === 'number' ? limit.defaultValue : longestLength
  return given.kind === Kind.INT ? Math.max(0, Number(given.value)) : longestLength
}
