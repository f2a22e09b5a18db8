import { Console, newAccount } from './console.ts'
import { expect, test } from './platform.ts'

test('signing up leads to an own namespace that says what to do next', async ({ page }) => {
  const { namespace } = await new Console(page).signUp()
  await expect(page.getByRole('heading', { name: 'Services' })).toBeVisible()
  await expect(page.getByText('micro run ./helloworld')).toBeVisible()
  await expect(page.getByRole('button', { name: `Namespace ${namespace}` })).toBeVisible()
  await page.goto('/')
  await expect(page).toHaveURL(new RegExp(`/n/${namespace}$`))
})

test('a namespace is generated for whoever chooses none', async ({ page }) => {
  const account = { ...newAccount(), namespace: '' }
  await page.goto('/signup')
  await new Console(page).fillSignUp(account)
  await expect(page).toHaveURL(/\/n\/[a-z][a-z0-9-]*$/)
})

test('what is taken is said beside its field, and nothing typed is lost', async ({ page, browser, platform }) => {
  const taken = await new Console(page).signUp()
  const other = await (await browser.newContext({ baseURL: platform.url })).newPage()
  await other.goto('/signup')
  const account = { ...newAccount(), namespace: taken.namespace }
  await new Console(other).fillSignUp(account)
  await expect(other.getByLabel('Namespace (optional)')).toHaveAttribute('aria-invalid', 'true')
  await expect(other.getByText('taken')).toBeVisible()
  await expect(other.getByLabel('E-mail')).toHaveValue(account.email)
  await other.context().close()
})

test('a wrong password is refused without telling which part was wrong, and the right one leads where one wanted to go', async ({
  page,
}) => {
  const micro = new Console(page)
  const { email, password, namespace } = await micro.signUp()
  await micro.logOut()
  await page.goto(`/n/${namespace}/settings`)
  await expect(page).toHaveURL(/\/login\?next=/)
  await micro.logIn(email, 'not the password')
  await expect(page.getByRole('alert').filter({ hasText: 'password' })).toBeVisible()
  await micro.logIn(email, password)
  await expect(page).toHaveURL(new RegExp(`/n/${namespace}/settings$`))
})

test('log-in never leads away from the console', async ({ page, platform }) => {
  const micro = new Console(page)
  const { email, password } = await micro.signUp()
  await micro.logOut()
  await page.goto('/login?next=//example.test/')
  await micro.logIn(email, password)
  await expect(page).toHaveURL(/\/n\//)
  expect(new URL(page.url()).origin).toBe(new URL(platform.url).origin)
})

test('a session ended elsewhere is over here', async ({ page, browser, platform }) => {
  const { email, password } = await new Console(page).signUp()
  const elsewhere = await (await browser.newContext({ baseURL: platform.url })).newPage()
  const other = new Console(elsewhere)
  await other.logIn(email, password)
  await elsewhere.waitForURL('**/n/*')
  await elsewhere.goto('/account')
  await elsewhere.getByRole('button', { name: /^End the session of/ }).click()
  await expect(elsewhere.getByRole('button', { name: /^End the session of/ })).toHaveCount(0)
  await page.reload()
  await expect(page).toHaveURL(/\/login/)
  await elsewhere.context().close()
})

test('logging out in one tab leads the others to the log-in', async ({ page, context }) => {
  const micro = new Console(page)
  const { namespace } = await micro.signUp()
  const other = await context.newPage()
  await other.goto(`/n/${namespace}`)
  await expect(other.getByRole('heading', { name: 'Services' })).toBeVisible()
  await micro.logOut()
  await expect(other).toHaveURL(/\/login\?next=/)
})

test('a password is changed with the current one only', async ({ page }) => {
  const micro = new Console(page)
  const { email, password } = await micro.signUp()
  await page.goto('/account')
  const change = async (current: string) => {
    await page.getByLabel('Current password').fill(current)
    await page.getByLabel('New password').fill('another secret')
    await page.getByRole('button', { name: 'Change password' }).click()
  }
  await change('not the password')
  await expect(page.getByRole('main').getByRole('alert')).toBeVisible()
  await change(password)
  await expect(page.getByText('Your password was changed.')).toBeVisible()
  await micro.logOut()
  await micro.logIn(email, 'another secret')
  await expect(page).toHaveURL(/\/n\//)
})

test('namespaces are made, switched and deleted', async ({ page }) => {
  const micro = new Console(page)
  const { namespace } = await micro.signUp()
  const second = newAccount().namespace
  await micro.chooseFrom(/^Namespace /, 'New namespace')
  await page.getByLabel('Name (optional)').fill(second)
  await page.getByRole('button', { name: 'Create namespace' }).click()
  await expect(page).toHaveURL(new RegExp(`/n/${second}$`))
  await micro.chooseFrom(/^Namespace /, namespace)
  await expect(page).toHaveURL(new RegExp(`/n/${namespace}$`))

  await page.goto(`/n/${second}/settings`)
  await page.getByRole('button', { name: 'Delete namespace' }).click()
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete namespace' })
  await expect(confirm).toBeDisabled()
  await page.getByLabel(`Type ${second} to confirm`).fill(second)
  await confirm.click()
  await expect(page).toHaveURL(new RegExp(`/n/${namespace}$`))
  await page.goto(`/n/${second}`)
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
})

test('a git credential is kept and its secret never shown again', async ({ page }) => {
  const { namespace } = await new Console(page).signUp()
  await page.goto(`/n/${namespace}/settings`)
  await page.getByRole('button', { name: 'Add a credential' }).click()
  await page.getByLabel('Host').fill('git.example.test')
  await page.getByLabel('Access token or password').fill('hunter2hunter2')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByText('git.example.test')).toBeVisible()
  expect(await page.content()).not.toContain('hunter2hunter2')
  await page.getByRole('button', { name: 'Remove the credential of git.example.test' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await expect(page.getByText('Public repositories need none')).toBeVisible()
})

test('a namespace of somebody else looks like one that does not exist', async ({ page, browser, platform }) => {
  const { namespace } = await new Console(page).signUp()
  const stranger = await (await browser.newContext({ baseURL: platform.url })).newPage()
  await new Console(stranger).signUp()
  for (const path of [`/n/${namespace}`, `/n/${namespace}/settings`, `/n/${namespace}/helloworld`, '/n/no-such-namespace']) {
    const response = await stranger.goto(path)
    expect(response?.status(), path).toBe(404)
    await expect(stranger.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  }
  await stranger.context().close()
})
