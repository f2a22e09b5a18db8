import { gzipSync } from 'node:zlib'
import { chromium } from '@playwright/test'
import playwright from '../playwright.config.ts'

export type ConsoleSize = { scripts: { path: string; gzipBytes: number }[]; gzipBytes: number }

/**
 * All scripts that a browser with an empty cache has loaded once the services page is idle after log-in: those of the log-in page,
 * of the services page, and of the shared worker.
 * @param url address of the console
 */
export async function measureConsoleSize(url: string, login: string, password: string): Promise<ConsoleSize> {
  const browser = await chromium.launch(playwright.use?.launchOptions)
  try {
    const page = await browser.newPage({ baseURL: url })
    const paths = new Set<string>()
    page.on('request', (request) => {
      for (const path of scriptsOf(request.url())) paths.add(path)
    })
    await page.goto('/login')
    await page.getByLabel('E-mail or user name').fill(login)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByRole('heading', { name: 'Services' }).waitFor()
    await idle(paths)
    const scripts = await Promise.all([...paths].map(async (path) => ({ path, gzipBytes: await gzipSize(new URL(path, url)) })))
    return { scripts, gzipBytes: scripts.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0) }
  } finally {
    await browser.close()
  }
}

/** A script's own path; the address of the worker's first script also names those that it loads out of the page's sight. */
function scriptsOf(address: string): string[] {
  const { pathname, search } = new URL(address)
  if (!pathname.endsWith('.js')) return []
  return [pathname, ...decodeURIComponent(search).matchAll(/\/_next\/[\w./-]+\.js/g)].map(String)
}

/** Nothing new was asked for during a second. */
async function idle(paths: ReadonlySet<string>): Promise<void> {
  let seen = -1
  while (seen !== paths.size) {
    seen = paths.size
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
}

async function gzipSize(url: URL): Promise<number> {
  return gzipSync(await (await fetch(url)).bytes()).length
}

if (import.meta.main) {
  const [url = 'http://localhost:8080', login = 'admin', password = 'micro'] = process.argv.slice(2)
  const { scripts, gzipBytes } = await measureConsoleSize(url, login, password)
  for (const { path, gzipBytes: size } of scripts) console.log(`${(size / 1000).toFixed(1).padStart(8)} kB  ${path}`)
  console.log(`${(gzipBytes / 1000).toFixed(1).padStart(8)} kB  in ${scripts.length} scripts`)
}
