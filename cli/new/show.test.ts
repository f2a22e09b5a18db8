import { describe, expect, test } from 'vitest'
import { languages, templateKinds } from './names.ts'
import { fileTree, nextSteps } from './show.ts'

test('the file tree has folders first, each level in order', () => {
  const paths = ['b.txt', 'src/pb/x.ts', 'src/index.ts', 'a.txt', 'proto/x.proto']
  expect(fileTree(paths.map((path) => ({ path })))).toBe(
    ['├── proto/', '│   └── x.proto', '├── src/', '│   ├── pb/', '│   │   └── x.ts', '│   └── index.ts', '├── a.txt', '└── b.txt'].join(
      '\n',
    ),
  )
})

describe.each(languages)('the next steps in %s', (lang) => {
  test.each(templateKinds)('by %s run it, call it and test it', (template) => {
    const [run, call, tests] = nextSteps('say-hello', lang, template)
    expect(tests).toMatch(/^cd say-hello && .*test/)
    expect(run).toBe('micro run ./say-hello')
    expect(call).toBe(template === 'rpc' ? 'micro say-hello --name=Alice' : 'micro open say-hello')
  })
})
