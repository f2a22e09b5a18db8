import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installation, startInstallation } from './installation.ts'

let micro: Installation
let namespace: string

beforeAll(async () => {
  micro = await startInstallation()
  await micro.ok('signup', '--email', 'ada@example.com', '--password', 'correct horse battery')
  namespace = (await micro.ok('user', 'namespace')).trim()
}, 240_000)
afterAll(() => micro?.close())

const toolOf = { typescript: 'node', python: 'python3', go: 'go' } as const

for (const [lang, tool] of Object.entries(toolOf)) {
  for (const template of ['rpc', 'http']) {
    // Where a toolchain is not on the machine, `micro run` says so: see builder/suite.ts.
    test.skipIf(!(await isInstalled(tool)))(
      `micro new --lang ${lang} --template ${template}, run and called`,
      { timeout: 300_000 },
      async () => {
        const name = `${lang}-${template}`
        await micro.ok('new', name, '--lang', lang, '--template', template)
        await micro.ok('run', `./${name}`)
        const { status, body } = await micro.call(`${namespace}.localhost`, `/${name}?name=Alice`)
        expect({ status, body: JSON.parse(body) }).toEqual({ status: 200, body: { message: 'Hello Alice' } })
        if (template === 'rpc') expect(JSON.parse(await micro.ok(name, '--name=Bob'))).toEqual({ message: 'Hello Bob' })
      },
    )
  }
}

test('a static site and a Procfile', async () => {
  await micro.ok('run', await micro.source('site', { 'index.html': '<h1>Hello</h1>' }))
  const page = await micro.call(`site--${namespace}.localhost`, '/')
  expect(page).toMatchObject({ status: 200, body: '<h1>Hello</h1>' })
  expect(page.headers['content-type']).toContain('text/html')

  const line = `web: node -e "require('http').createServer((q, r) => r.end('by Procfile')).listen(process.env.PORT)"\n`
  await micro.ok('run', await micro.source('proc', { Procfile: line }))
  expect((await micro.call(`${namespace}.localhost`, '/proc')).body).toBe('by Procfile')
})

async function isInstalled(program: string): Promise<boolean> {
  if (process.env.CI === 'true') return true
  const places = `${process.env.PATH ?? ''}:/usr/local/go/bin`.split(delimiter)
  const found = await Promise.all(
    places.map((place) =>
      access(join(place, program)).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
