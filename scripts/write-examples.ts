import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generatedExamples } from '../cli/new/examples.ts'

/** Writes those examples anew that are what `micro new` generates: after each change of a template. */
for (const [example, files] of Object.entries(generatedExamples())) {
  const directory = join(import.meta.dirname, '..', 'examples', example)
  await rm(directory, { recursive: true, force: true })
  for (const { path, content } of files) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
