import type { Page } from '@playwright/test'
import { Console } from './console.ts'
import { expect, test } from './platform.ts'

test('everything in the header is reached and worked by keys', async ({ page }) => {
  const { namespace } = await new Console(page).signUp()
  await page.goto(`/n/${namespace}/settings`)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()

  const switcher = page.getByRole('button', { name: /^Namespace / })
  await switcher.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: namespace })).toBeFocused()
  await page.keyboard.press('ArrowDown')
  await expect(page.getByRole('menuitem', { name: 'New namespace' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('menu')).toHaveCount(0)
  await expect(switcher).toBeFocused()

  await page.keyboard.press('g')
  await page.keyboard.press('s')
  await expect(page).toHaveURL(new RegExp(`/n/${namespace}$`))
})

test('a dialog takes the focus to its first field and gives it back on Esc', async ({ page }) => {
  await new Console(page).signUp()
  const button = page.getByRole('button', { name: 'Deploy from git' })
  await button.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Repository')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(button).toBeFocused()
})

test('a dialog that was opened from a menu gives the focus back to the button of the menu', async ({ page }) => {
  await new Console(page).signUp()
  const switcher = page.getByRole('button', { name: /^Namespace / })
  await switcher.focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(page.getByLabel('Name (optional)')).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(switcher).toBeFocused()
})

test('the password can be looked at while it is typed', async ({ page }) => {
  await page.goto('/login')
  const password = page.getByLabel('Password', { exact: true })
  await password.fill('secret')
  await expect(password).toHaveAttribute('type', 'password')
  await page.getByRole('button', { name: 'Show password' }).click()
  await expect(password).toHaveAttribute('type', 'text')
})

test('the theme follows the system until one is chosen, and a choice is there before the first paint', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto('/')
  const dark = await background(page)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await background(page)
  expect(light).not.toBe(dark)
  await page.getByRole('button', { name: 'Theme: system. Change to light' }).click()
  await page.getByRole('button', { name: 'Theme: light. Change to dark' }).click()
  expect(await background(page)).toBe(dark)
  // Without any other script: what makes the choice show is the one before the body.
  await page.route('**/_next/static/**/*.js', (route) => route.abort())
  await page.reload()
  expect(await background(page)).toBe(dark)
})

test('nothing is wider than a narrow screen', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  const micro = new Console(page)
  for (const path of ['/', '/signup', '/login']) {
    await page.goto(path)
    await micro.expectNoSidewaysScroll()
  }
  const { namespace } = await micro.signUp()
  for (const path of [`/n/${namespace}`, `/n/${namespace}/settings`, '/account', '/n/none']) {
    await page.goto(path)
    await micro.expectNoSidewaysScroll()
  }
})

test('pages execute nothing inline but what the server signed for, and may not be framed', async ({ page }) => {
  const violations: string[] = []
  page.on('console', (message) => message.text().includes('Content Security Policy') && violations.push(message.text()))
  const { namespace } = await new Console(page).signUp()
  for (const path of [`/n/${namespace}`, '/account', '/n/none']) {
    const response = await page.goto(path)
    const headers = response?.headers() ?? {}
    expect(headers['content-security-policy']).toMatch(/script-src 'self' 'nonce-[A-Za-z0-9+/=]{22,}'/)
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('same-origin')
  }
  // A page that answers to a click has executed all that it needs.
  await page.goto('/account')
  await page.getByRole('button', { name: 'Account' }).click()
  await expect(page.getByRole('menuitem', { name: 'Log out' })).toBeVisible()
  expect(violations).toEqual([])
})

test('the session cookie is out of reach for scripts and for other sites', async ({ page, context }) => {
  await new Console(page).signUp()
  const cookie = (await context.cookies()).find(({ name }) => name.endsWith('next-auth.session-token'))
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' })
  expect(await page.evaluate(() => document.cookie)).not.toContain('session-token')
})

const background = (page: Page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
