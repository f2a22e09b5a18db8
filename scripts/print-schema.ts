import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { printSchema } from 'graphql'
import { schema } from '../graphql/schema.ts'

/** `npm run schema`: writes the GraphQL schema, with its descriptions, to where clients and their generators find it; `--check` compares. */
const path = fileURLToPath(new URL('../public/schema.graphql', import.meta.url))

export const printed = (): string => `${printSchema(schema)}\n`
export const committed = (): Promise<string> => readFile(path, 'utf8').catch(() => '') // not written yet

if (import.meta.main) {
  if (!process.argv.includes('--check')) await writeFile(path, printed())
  else if ((await committed()) !== printed()) {
    console.error('public/schema.graphql is not what graphql/ says. Type `npm run schema`.')
    process.exit(1)
  }
}
