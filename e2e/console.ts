import { expect, type Locator, type Page } from '@playwright/test'

export type Account = { email: string; password: string; namespace: string }

let made = 0

/** An account that nobody has yet. */
export function newAccount(): Account {
  const id = `${Date.now().toString(36)}${made++}`
  return { email: `e2e-${id}@example.test`, password: `secret of ${id}`, namespace: `e2e-${id}`.slice(0, 20) }
}

/** The console as a person uses it: by labels and roles. */
export class Console {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async signUp(account: Account = newAccount()): Promise<Account> {
    await this.page.goto('/signup')
    await this.fillSignUp(account)
    await this.page.waitForURL(`**/n/${account.namespace}`)
    return account
  }

  async fillSignUp({ email, password, namespace }: Account): Promise<void> {
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByLabel('Namespace (optional)').fill(namespace)
    await this.page.getByRole('button', { name: 'Sign up' }).click()
  }

  async logIn(login: string, password: string): Promise<void> {
    if (!new URL(this.page.url(), 'http://localhost').pathname.startsWith('/login')) await this.page.goto('/login')
    await this.page.getByLabel('E-mail or user name').fill(login)
    await this.page.getByLabel('Password', { exact: true }).fill(password)
    await this.page.getByRole('button', { name: 'Log in' }).click()
  }

  async logOut(): Promise<void> {
    await this.chooseFrom('Account', 'Log out')
    await expect(this.page.getByRole('link', { name: 'Create an account' })).toBeVisible()
  }

  /** Opens a menu by its name and chooses an item. */
  async chooseFrom(menu: string | RegExp, item: string): Promise<void> {
    await this.page.getByRole('button', { name: menu }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  async openService(
    namespace: string,
    service: string,
    tab?: 'deployments' | 'releases' | 'jobs' | 'variables' | 'logs' | 'endpoints',
  ): Promise<void> {
    await this.page.goto(`/n/${namespace}/${service}${tab ? `/${tab}` : ''}`)
    await expect(this.page.getByRole('heading', { level: 1, name: service })).toBeVisible()
  }

  async tab(name: 'Overview' | 'Deployments' | 'Releases' | 'Jobs' | 'Variables' | 'Logs' | 'Endpoints'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Service' }).getByRole('link', { name }).click()
    await expect(this.page.getByRole('navigation', { name: 'Service' }).getByRole('link', { name })).toHaveAttribute('aria-current', 'page')
  }

  /** The row of a service in the list, with its status as text. */
  serviceRow(name: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByRole('link', { name, exact: true }) })
  }

  /** The row of a variable in the list. */
  variableRow(name: string): Locator {
    return this.page.getByRole('listitem').filter({ has: this.page.getByText(name, { exact: true }) })
  }

  async addVariable(variable: { name: string; value: string; kind?: string; rollOut?: boolean }): Promise<void> {
    await this.page.getByRole('button', { name: 'Add a variable' }).click()
    await this.page.getByLabel('Name', { exact: true }).fill(variable.name)
    await this.saveVariable(variable)
  }

  async saveVariable({ value, kind, rollOut = true }: { value: string; kind?: string; rollOut?: boolean }): Promise<void> {
    await this.page.getByLabel('Value', { exact: true }).fill(value)
    if (kind) await this.page.getByLabel('Kind').selectOption(kind)
    await this.page.getByRole('checkbox', { name: /^Roll it out now/ }).setChecked(rollOut)
    await this.page.getByRole('button', { name: 'Save' }).click()
    await expect(this.page.getByRole('dialog')).toHaveCount(0)
  }

  log(): Locator {
    return this.page.getByRole('log')
  }

  /** On the releases tab; ends on the page of the deployment that it began. */
  async rollBack(version: number): Promise<void> {
    await this.page.getByRole('button', { name: `Roll back to v${version}` }).click()
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: `Roll back to v${version}` })
      .click()
    await this.page.waitForURL('**/deployments/*')
  }

  async expectNoSidewaysScroll(): Promise<void> {
    expect(await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(
      0,
    )
  }
}
