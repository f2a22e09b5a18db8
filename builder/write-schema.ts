import { mkdir, writeFile } from 'node:fs/promises'
import { microYamlJsonSchema } from './micro-yaml.ts'

/** Writes what editors check `micro.yaml` against; run by hand after the schema changed: `node builder/write-schema.ts`. */
export async function writeMicroYamlSchema(): Promise<void> {
  const directory = new URL('../public/schema/', import.meta.url)
  await mkdir(directory, { recursive: true })
  await writeFile(new URL('micro-yaml.json', directory), microYamlJsonSchema())
}

if (import.meta.main) await writeMicroYamlSchema()
