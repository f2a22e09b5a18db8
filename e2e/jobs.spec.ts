import { Console } from './console.ts'
import { answering, type Installation } from './installation.ts'
import { expect, test } from './platform.ts'

const yaml = `release: echo migrated
cron:
  - name: tidy
    schedule: "30 3 * * *"
    timezone: Europe/Berlin
    command: echo tidied
`

async function withShop(console: Console, installation: Installation) {
  const { namespace, email, password } = await console.signUp()
  await installation.ok('login', '--email', email, '--password', password)
  await installation.ok('run', await installation.source('shop', { ...answering('hello'), 'micro.yaml': yaml }))
  return namespace
}

test('commands are run, watched, canceled and run again, cron entries tell when they are due', async ({ page, platform }) => {
  const { installation } = platform
  test.skip(!installation, 'needs an installation of its own, for its command line')
  if (!installation) return
  const console = new Console(page)
  const namespace = await withShop(console, installation)
  await console.openService(namespace, 'shop', 'jobs')
  const jobs = page.getByRole('listitem')
  await expect(jobs.filter({ hasText: 'release command in v1' })).toContainText('Succeeded')
  await expect(jobs.filter({ hasText: 'tidy' }).first()).toContainText('Europe/Berlin')

  await page.getByRole('button', { name: 'Run a command' }).click()
  await page.getByLabel('Command', { exact: true }).fill(`node -e "console.log('a  b'); process.exit(7`)
  await expect(page.getByText('A quote is not closed.')).toBeVisible()
  await page.getByLabel('Command', { exact: true }).fill(`node -e "console.log('a  b'); process.exit(7)"`)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page).toHaveURL(/\/jobs\/run_/)
  await expect(console.log()).toContainText('a  b')
  await expect(page.getByText('It exited with code 7.')).toBeVisible()
  await expect(page.getByText('code 7', { exact: true })).toBeVisible()

  await page.getByRole('link', { name: 'All jobs' }).click()
  await page.getByRole('button', { name: 'Run tidy now' }).click()
  await expect(console.log()).toContainText('tidied')
  await expect(page.getByText('Succeeded')).toBeVisible()
  const first = page.url()
  await page.getByRole('button', { name: 'Run again' }).click()
  await expect(page).not.toHaveURL(first)
  await expect(console.log()).toContainText('tidied')

  // What somebody else begins shows by itself, and so does its end.
  await console.tab('Jobs')
  await installation.ok('job', 'run', 'shop', '--', 'node', '-e', 'console.log("begun"); setInterval(() => {}, 1000)')
  await page.getByRole('link', { name: /setInterval/ }).click()
  await expect(console.log()).toContainText('begun')
  await page.getByRole('button', { name: 'Cancel job' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel job' }).click()
  await expect(page.getByText('Canceled', { exact: true })).toBeVisible()
  await expect(page.getByText(/^Canceled by /)).toBeVisible()

  await console.tab('Deployments')
  await page.getByRole('link', { name: 'Run v1' }).click()
  await expect(page.getByRole('listitem').filter({ hasText: 'Release' })).toContainText('(done)')
  await expect(console.log()).toContainText('migrated')

  await page.setViewportSize({ width: 360, height: 740 })
  for (const path of ['/jobs', new URL(first).pathname.replace(/^.*\/jobs/, '/jobs')]) {
    await page.goto(`/n/${namespace}/shop${path}`)
    await expect(page.getByRole('heading', { level: 1, name: 'shop' })).toBeVisible()
    await console.expectNoSidewaysScroll()
  }
})
