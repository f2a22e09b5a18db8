import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'

/** An instant in UTC as RFC 3339 text. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize: (value) => (value instanceof Date ? value.toISOString() : refuse()),
  parseValue: (value) => parse(value),
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
})

function parse(value: unknown): Date {
  const date = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(date.getTime()) ? refuse() : date
}

function refuse(): never {
  throw new GraphQLError('A DateTime is text such as 2026-11-23T20:15:00.000Z.')
}
