import { getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import * as documents from '../app/lib/documents.ts'
import { limits, validationRules } from './limits.ts'
import { schema } from './schema.ts'

const problems = (query: string) => validate(schema, parse(query), [...specifiedRules, ...validationRules]).map(({ message }) => message)

describe('within the limits', () => {
  test('introspection by the tools of today', () => expect(problems(getIntrospectionQuery())).toEqual([]))

  const queries = Object.entries<string>(documents)
  test.for(queries)('the console: %s', ([, document]) => expect(problems(document)).toEqual([]))
})

describe('beyond the limits', () => {
  test('lists within lists cost their product', () => {
    const nested = (levels: number): string => (levels === 0 ? 'id' : `deployments { service { ${nested(levels - 1)} } }`)
    expect(problems(`{ services(namespace: "a") { ${nested(1)} } }`)).toEqual([])
    expect(problems(`{ services(namespace: "a") { ${nested(3)} } }`)).toEqual([expect.stringMatching(/could return \d+ values/)])
  })

  test('a fragment hides nothing', () => {
    const query = `query Q { services(namespace: "a") { ...S } } fragment S on Service { deployments(first: 100) { service { deployments(first: 100) { id } } } }`
    expect(problems(query)).toEqual([expect.stringMatching(/could return \d+ values/)])
  })

  test('a length by variable counts as the longest', () => {
    const query = 'query Q($n: Int) { services(namespace: "a") { deployments(first: $n) { service { releases(first: $n) { id } } } } }'
    expect(problems(query)).toEqual([expect.stringMatching(/could return \d+ values/)])
  })

  test('aliases', () => {
    const query = `{ ${Array.from({ length: limits.aliases + 1 }, (_, index) => `a${index}: me { id }`).join(' ')} }`
    expect(problems(query)).toEqual([expect.stringMatching(/[Aa]liases/)])
  })

  test('depth', () => {
    const deep = (levels: number): string => (levels === 0 ? 'id' : `lastDeployment { service { ${deep(levels - 1)} } }`)
    expect(problems(`{ service(namespace: "a", name: "b") { ${deep(limits.depth)} } }`)).toEqual([expect.stringMatching(/depth/i)])
  })

  test('lists of introspection within one another', () => {
    const nested = (levels: number): string => (levels === 0 ? 'name' : `fields { type { ${nested(levels - 1)} } }`)
    expect(problems(`{ __schema { types { ${nested(4)} } } }`)).toEqual([expect.stringMatching(/introspection depth/i)])
  })

  test('fragments within themselves end', () => {
    expect(problems('query Q { me { ...U } } fragment U on User { ...U id }').length).toBeGreaterThan(0)
  })
})
