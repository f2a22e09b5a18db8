import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findProgram } from '../testing/programs.ts'

/** Programs that tests need beside npm's packages, and the Debian packages that bring them. */
const tools = {
  git: 'git',
  chromium: 'chromium',
  zsh: 'zsh',
  fish: 'fish',
  dockerd: 'docker.io',
  iptables: 'iptables',
  runsc: 'runsc',
} as const
type Tool = keyof typeof tools

/**
 * Installs what is missing where that is ours to do: as root on Debian. Nothing is asked for, and nothing is touched when all is there.
 * @returns for each program that is still missing, why
 */
export async function provideTools(): Promise<Partial<Record<Tool, string>>> {
  const wanted = missing()
  if (wanted.length === 0) return {}
  const whyNot = whyNotInstall()
  if (whyNot === undefined) await installPackages(wanted.map((name) => tools[name]))
  return Object.fromEntries(missing().map((name) => [name, `${name} is not installed, and ${whyNot ?? 'apt-get could not install it'}.`]))
}

function missing(): Tool[] {
  return (Object.keys(tools) as Tool[]).filter((name) => findProgram(name) === undefined)
}

function whyNotInstall(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can install it'
  if (!existsSync('/etc/debian_version')) return 'this is not Debian'
  return undefined
}

async function installPackages(packages: readonly string[]): Promise<void> {
  console.log(`  Installing ${packages.join(', ')} …`)
  const install = ['install', '--yes', '--no-install-recommends', ...packages]
  // Package lists may be old, or never fetched in a fresh container.
  if ((await apt(install)) === 0) return
  await apt(['update'])
  await apt(install)
}

function apt(args: readonly string[]): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    child.once('error', () => resolve(1))
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
