import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { generatedExamples } from './examples.ts'

const repository = join(import.meta.dirname, '..', '..')

describe.each(Object.entries(generatedExamples()))('examples/%s', (example, files) => {
  test('is what `micro new` generates (else run `node scripts/write-examples.ts`)', async () => {
    const paths = await filesOf(`examples/${example}`)
    const found = await Promise.all(
      paths.map(async (path) => ({ path, content: await readFile(join(repository, 'examples', example, path), 'utf8') })),
    )
    expect(found).toEqual(files)
  })
})

/** As git sees them: what an example's own tools left there is no part of it. */
async function filesOf(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', folder], {
    cwd: repository,
  })
  const paths = stdout.split('\0').filter((path) => path !== '')
  return paths.map((path) => path.slice(folder.length + 1)).sort((a, b) => (a < b ? -1 : 1))
}
