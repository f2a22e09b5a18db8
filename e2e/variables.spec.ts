import { Console } from './console.ts'
import type { Installation } from './installation.ts'
import { expect, test } from './platform.ts'

const secret = 'hunter2-hunter2'

/** Answers with what it was given. */
const teller = {
  'server.js': `const { existsSync, readFileSync } = require('node:fs')
const file = process.env.MICRO_SECRETS + '/KEY'
const { LEVEL = '-', TOKEN = '-', REGION = '-' } = process.env
const text = [LEVEL, TOKEN, REGION, existsSync(file) ? readFileSync(file, 'utf8') : '-'].join(' ')
require('node:http').createServer((request, response) => response.end(text)).listen(process.env.PORT)
`,
}

async function withTeller(console: Console, installation: Installation) {
  const { namespace, email, password } = await console.signUp()
  await installation.ok('login', '--email', email, '--password', password)
  await installation.ok('run', await installation.source('teller', teller))
  const says = async (text: string) =>
    expect.poll(async () => (await installation.call(`${namespace}.localhost`, '/teller')).body, { timeout: 60_000 }).toBe(text)
  return { namespace, says }
}

test('variables and secrets are set, revealed and deleted, and each change is a release', async ({ page, platform }) => {
  const { installation } = platform
  test.skip(!installation, 'needs an installation of its own, for its command line')
  if (!installation) return
  const console = new Console(page)
  const { namespace, says } = await withTeller(console, installation)
  await console.openService(namespace, 'teller', 'variables')

  await console.addVariable({ name: 'LEVEL', value: 'debug' })
  await says('debug - - -')
  await expect(page.getByText('v2 is live.')).toBeVisible()
  await expect(console.variableRow('LEVEL')).toContainText('debug')

  await console.addVariable({ name: 'TOKEN', value: secret, kind: 'Secret', rollOut: false })
  await console.addVariable({ name: 'KEY', value: 'in a file', kind: 'Secret file', rollOut: false })
  await expect(console.variableRow('TOKEN')).toContainText('with the next release')
  await page.reload()
  expect(await page.content()).not.toContain(secret)
  await page.getByRole('button', { name: 'Roll out now' }).click()
  await says(`debug ${secret} - in a file`)
  await expect(page.getByText('v3 is live.')).toBeVisible()
  await expect(console.variableRow('TOKEN')).not.toContainText('with the next release')

  await page.getByRole('button', { name: 'Reveal TOKEN' }).click()
  await expect(console.variableRow('TOKEN')).toContainText(secret)
  await page.getByRole('button', { name: 'Hide TOKEN' }).click()
  await expect(console.variableRow('TOKEN')).not.toContainText(secret)

  await page.getByRole('button', { name: 'Edit TOKEN' }).click()
  await expect(page.getByLabel('Value', { exact: true })).toHaveValue('')
  await console.saveVariable({ value: 'another secret' })
  await says('debug another secret - in a file')

  await page.getByRole('button', { name: 'Delete LEVEL' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await says('- another secret - in a file')

  await console.tab('Releases')
  const release = page.getByRole('listitem').filter({ hasText: 'v3' })
  await release.getByText('4 variables').click()
  await expect(release.getByText('KEY, LEVEL, NODE_ENV, TOKEN')).toBeVisible()
  expect(await page.content()).not.toContain('another secret')
})

test('variables of the namespace reach every service, which may override them', async ({ page, platform }) => {
  const { installation } = platform
  test.skip(!installation, 'needs an installation of its own, for its command line')
  if (!installation) return
  const console = new Console(page)
  const { namespace, says } = await withTeller(console, installation)
  await page.goto(`/n/${namespace}/settings`)
  await console.addVariable({ name: 'REGION', value: 'everywhere' })
  await says('- - everywhere -')

  await console.openService(namespace, 'teller', 'variables')
  await expect(console.variableRow('REGION')).toContainText('namespace')
  await page.getByRole('button', { name: 'Override REGION' }).click()
  await console.saveVariable({ value: 'here' })
  await says('- - here -')
  await page.getByRole('button', { name: 'Delete REGION' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await says('- - everywhere -')
  await expect(console.variableRow('REGION')).toContainText('everywhere')
})

test('a variable is added by keys alone, its faults are said in the dialog, and a narrow screen has room for it', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  const console = new Console(page)
  const { namespace } = await console.signUp()
  await page.goto(`/n/${namespace}/settings`)
  const add = page.getByRole('button', { name: 'Add a variable' })
  await add.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused()
  await page.keyboard.type('PORT')
  await page.keyboard.press('Tab')
  await page.keyboard.type('x'.repeat(200))
  await page.keyboard.press('Tab')
  await expect(page.getByLabel('Kind')).toBeFocused()
  await page.getByLabel('Name', { exact: true }).press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'set by the platform' })).toBeVisible()
  await page.getByLabel('Name', { exact: true }).fill(`A_LONG_${'NAME_'.repeat(12)}`)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(add).toBeFocused()
  await expect(console.variableRow(`A_LONG_${'NAME_'.repeat(12)}`)).toBeVisible()
  await console.expectNoSidewaysScroll()
})
