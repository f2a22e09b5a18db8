import { expect, test } from 'vitest'
import { brokenReferences } from './docs-references.ts'

const files = ['docs', 'docs/adr', 'docs/adr/0001.md', 'lib', 'lib/errors.ts', 'README.md']
const broken = (text: string) => brokenReferences('docs/guide.md', text, (path) => files.includes(path.replace(/\/$/, '')))

test('a link or a path that leads nowhere is found', () => {
  expect(broken('See [the reason](adr/0002.md) and `lib/gone.ts`.')).toEqual([
    'docs/guide.md: docs/adr/0002.md does not exist',
    'docs/guide.md: lib/gone.ts does not exist',
  ])
})

test('links that lead somewhere, addresses, anchors, placeholders and examples are fine', () => {
  expect(
    broken('[why](adr/0001.md#because) [home](../README.md) [web](https://example.com) [here](#top) `lib/errors.ts` `docs/adr/`'),
  ).toEqual([])
  expect(broken('`src/index.ts` of your service, `lib/*.ts`, `docs/<noun>.md`\n```\n[x](nowhere.md)\n```')).toEqual([])
})
