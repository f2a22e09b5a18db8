import { getNamedType, isIntrospectionType, isObjectType } from 'graphql'
import { expect, test } from 'vitest'
import { committed, printed } from '../scripts/print-schema.ts'
import { schema } from './schema.ts'

test('the committed schema is the one that is served', async () => {
  expect(await committed()).toBe(printed())
})

test('every type has a description', () => {
  const types = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type))
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  expect(types.filter((type) => !type.description && !roots.some((root) => root?.name === type.name)).map(({ name }) => name)).toEqual([])
})

test('no field gives a secret back', () => {
  const names = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => type !== schema.getMutationType())
    .flatMap((type) => Object.values(type.getFields()).map((field) => `${type.name}.${field.name}: ${getNamedType(field.type).name}`))
  expect(names.filter((name) => /secret|password|env\b|sealed/i.test(name))).toEqual([])
  expect(names.filter((name) => /token/i.test(name))).toEqual([
    'Login.accessToken: String',
    'Login.accessTokenExpiresAt: DateTime',
    'Login.refreshToken: String',
  ])
})
