import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bundleCli } from '../../scripts/bundle-cli.ts'
import { generateService } from './generate.ts'
import { languages, templateKinds } from './names.ts'
import { readTemplates } from './templates.ts'
import { environment, run, scratchDirectory } from './testing.ts'

test('there is a template for each language and kind', () => {
  const expected = languages.flatMap((lang) => templateKinds.map((template) => `${lang}-${template}`))
  expect(Object.keys(readTemplates()).toSorted()).toEqual(expected.toSorted())
})

test('the CLI bundled into one file brings its templates along', async () => {
  await using scratch = await scratchDirectory()
  const bundle = join(scratch.path, 'micro.mjs')
  await bundleCli(bundle)
  const env = { ...environment, MICRO_HOME: join(scratch.path, 'home') }
  const printed = await run([process.execPath, bundle, 'new', 'say-hello', '--lang', 'go'], scratch.path, env)

  expect(printed).toContain('sayhello.proto')
  for (const { path, content } of generateService({ name: 'say-hello', lang: 'go', template: 'rpc' })) {
    expect(await readFile(join(scratch.path, 'say-hello', path), 'utf8')).toBe(content)
  }
})
