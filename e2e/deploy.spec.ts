import { Console } from './console.ts'
import { answering } from './installation.ts'
import { expect, test } from './platform.ts'

test('sign up, micro run, watch it go live, open its URL, read its logs, roll back', async ({ page, platform }) => {
  const { installation } = platform
  test.skip(!installation, 'needs an installation of its own, for its command line')
  if (!installation) return
  const console = new Console(page)
  const account = await console.signUp()
  await expect(page.getByText('micro run')).toBeVisible()

  await installation.ok('login', '--email', account.email, '--password', account.password)
  const greeter = (text: string) =>
    installation.source('greeter', { 'server.js': `console.log('${text} begins')\n${answering(text)['server.js']}` })
  const run = installation.ok('run', await greeter('first'))
  await expect(console.serviceRow('greeter')).toContainText('Running', { timeout: 60_000 })
  await run

  await console.openService(account.namespace, 'greeter')
  const link = page.getByRole('link', { name: new RegExp(`${account.namespace}.*greeter`) }).first()
  const opened = await page.context().newPage()
  await opened.goto((await link.getAttribute('href')) ?? '')
  await expect(opened.locator('body')).toHaveText('first')
  await opened.close()

  await console.tab('Logs')
  await expect(console.log()).toContainText('first begins')

  await installation.ok('run', await greeter('second'))
  await expect(console.log()).toContainText('second begins')
  await console.tab('Releases')
  await console.rollBack(1)
  await expect(page.getByText('Live').first()).toBeVisible({ timeout: 60_000 })
  expect((await installation.call(`${account.namespace}.localhost`, '/greeter')).body).toBe('first')
})
