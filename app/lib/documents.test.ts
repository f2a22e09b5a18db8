import { glob, readFile } from 'node:fs/promises'
import { buildSchema, parse, specifiedRules, validate } from 'graphql'
import { expect, test } from 'vitest'
import * as documents from './documents.ts'

const root = new URL('../../graphql/', import.meta.url)

async function schema() {
  const files: string[] = []
  for await (const name of glob('**/schema.graphql', { cwd: root })) files.push(await readFile(new URL(name, root), 'utf8'))
  return buildSchema(files.join('\n'))
}

test('every document of the console is valid against the schema of the automation API', async () => {
  const api = await schema()
  for (const [name, text] of Object.entries(documents)) {
    const problems = validate(api, parse(text), specifiedRules).map(({ message }) => message)
    expect(problems, name).toEqual([])
  }
})
