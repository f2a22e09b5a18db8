import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProgram } from '../testing/programs.ts'
import { candidates } from './completion.ts'
import { createContext } from './context.ts'
import { createOutput } from './output.ts'
import { loggedIn, usePlatforms } from './testing/fixture.ts'
import { keys } from './testing/terminal.ts'

usePlatforms()

/** A session with a service `app`, whose source lies in `./app`, and a namespace beside the first one. */
async function withService() {
  const session = await loggedIn()
  await mkdir(join(session.home, 'app'))
  await writeFile(join(session.home, 'app/package.json'), '{}')
  for (const args of [
    ['run', './app'],
    ['namespace', 'create', 'acme'],
    ['user', 'namespace', 'set', 'brave-otter-42'],
    ['credential', 'set', 'git.example.com:8443', '--password', 'x'],
  ]) {
    const { code, stderr } = await session.user.run(args)
    if (code !== 0) throw new Error(stderr)
  }
  return session
}

describe('what may come next', () => {
  const offered: [line: string, words: string[]][] = [
    ['st', ['status', 'stream']],
    ['lo', ['login', 'logout', 'logs']],
    ['logs ', ['app']],
    ['--env local logs ', ['app']],
    ['logs -n 5 --since 1h ', ['app']],
    ['logs --since ', []],
    ['logs app ', []],
    ['rollback app ', ['v1']],
    ['call everything ', ['Everything.Call']],
    ['env set l', ['local']],
    ['env del p', ['platform']],
    ['--env pl', ['platform']],
    ['status --env=l', ['--env=local']],
    ['user ', ['namespace', 'set', 'token']],
    ['user namespace set ', ['acme', 'brave-otter-42']],
    ['namespace delete a', ['acme']],
    ['--namespace a', ['acme']],
    ['credential delete ', ['git.example.com:8443']],
    ['completion ', ['bash', 'fish', 'zsh']],
    ['help env a', ['add']],
    ['new shop --lang ', ['go', 'python', 'typescript']],
    ['new shop --lang=p', ['--lang=python']],
    ['new shop --lang python --t', ['--template']],
    ['logs -', ['--build', '--env', '--follow', '--help', '--instance', '--json', '--lines', '--namespace', '--since']],
    ['everything c', ['call']],
    ['everything call --n', ['--name', '--namespace', '--nick', '--note', '--numbers']],
    ['everything call --colour=', ['--colour=dark_blue', '--colour=red', '--colour=unspecified']],
    ['web ', []],
    ['web --j', ['--json']],
    ['nothing-of-that-name ', []],
    ['constructor ', []],
    ['run ', []],
  ]

  it('is told of every place on a command line', async () => {
    await using session = await withService()
    const localPort = session.platform.address.replace(/.*:/, '')
    const unset = { token: undefined, namespace: undefined, environment: undefined, debug: false, colour: false }
    const out = createOutput({ stdout: process.stdout, stderr: process.stderr, json: false, colour: false })
    const ctx = createContext({ out, settings: { home: session.home, localPort, ...unset }, environment: undefined, namespace: undefined })
    const answers: [string, string[]][] = []
    for (const [line] of offered) answers.push([line, await candidates(ctx, line.split(' '))])
    expect(answers).toEqual(offered)
  })

  it('is told without the server as far as that goes, and without a complaint', async () => {
    await using session = await withService()
    await session.platform[Symbol.asyncDispose]()
    expect(await session.user.run(['completion', 'words', '--', 'logs', ''])).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await session.user.run(['completion', 'words', '--', 'sig'])).toEqual({ code: 0, stdout: 'signup\n', stderr: '' })
  })

  it('is no command that a person should see', async () => {
    await using session = await loggedIn()
    expect((await session.user.run(['completion', '--help'])).stdout).not.toMatch(/\bwords\b/)
  })
})

const { tab, enter } = keys

/** As `micro completion --help` says. */
const setUp = {
  bash: { file: '.bashrc', text: 'source <(micro completion bash)\n' },
  zsh: { file: '.zshrc', text: 'source <(micro completion zsh)\n' },
  fish: { file: '.config/fish/config.fish', text: 'micro completion fish > ~/.config/fish/completions/micro.fish\n' },
} as const

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  it.skipIf(findProgram(shell) === undefined)(
    `Tab completes commands, names, flags, values and files (needs ${shell})`,
    { timeout: 90_000 },
    async () => {
      await using session = await withService()
      await mkdir(join(session.home, '.config/fish/completions'), { recursive: true })
      await writeFile(join(session.home, setUp[shell].file), setUp[shell].text)
      await using terminal = await session.terminal(shell)

      terminal.type('micro versi', tab, enter)
      await terminal.shows(/\nmicro \d/)
      terminal.type('micro env set pl', tab, enter)
      await terminal.shows('Now using platform (https://m3o.com).')
      terminal.type('micro env set lo', tab, enter)
      await terminal.shows('Now using local')
      terminal.type('micro new shop --la', tab, 'py', tab, '--template=h', tab, enter)
      await terminal.shows('python3 -m unittest')
      terminal.type('micro everything ca', tab, '--ag', tab, '30', enter)
      await terminal.shows('"age": 30')
      terminal.type('micro credential delete git.example.com:', tab, enter)
      await terminal.shows('Deleted the credential for git.example.com:8443.')
      terminal.type('micro run ./ap', tab, enter)
      await terminal.shows('is live')
      terminal.type('micro kill a', tab, enter)
      await terminal.shows('Stopped and deleted app.')
    },
  )
})
