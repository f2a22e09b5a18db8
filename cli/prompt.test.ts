import { describe, expect, it } from 'vitest'
import { type Connected, loggedIn, platformAndUser, usePlatforms } from './testing/fixture.ts'
import { keys } from './testing/terminal.ts'

usePlatforms()

/** A shell in which `micro` is typed, and told to show the exit code of each command line. */
async function atTerminal(session: Connected) {
  const terminal = await session.terminal('bash')
  const micro = (line: string) => terminal.type(`micro ${line}; echo "ended with $?"`, keys.enter)
  return { ...terminal, micro, [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose]() }
}

describe('micro signup at a terminal', () => {
  it('asks for what it needs, hides the password, and makes up a namespace for an empty answer', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('signup')
    await terminal.shows('E-mail address')
    terminal.type('alice@example.com', keys.enter)
    await terminal.shows('Password (at least 8 characters)')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('The same again')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('Namespace (empty: make one up)')
    terminal.type(keys.enter)
    await terminal.shows('Welcome, alice. Your namespace is brave-otter-42, and you are logged in.')
    await terminal.shows('ended with 0')
    expect(terminal.all()).not.toContain('correct horse')
  })

  it('says at the question what is wrong with an answer, so that it can be typed anew', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('signup')
    await terminal.shows('E-mail address')
    terminal.type(keys.enter)
    await terminal.shows('Please type something.')
    terminal.type('alice', keys.enter)
    await terminal.shows('That is not an e-mail address.')
    terminal.type('@example.com', keys.enter)
    await terminal.shows('Password')
    terminal.type('short', keys.enter)
    await terminal.shows('A password has at least 8 characters.')
    terminal.type(' and longer', keys.enter)
    await terminal.shows('The same again')
    terminal.type('short and langer', keys.enter)
    await terminal.shows('That is not the same.')
    terminal.type('\u007f'.repeat('anger'.length), 'onger', keys.enter)
    await terminal.shows('Namespace')
    terminal.type('Acme!', keys.enter)
    await terminal.shows('lower-case letters, digits and single hyphens')
    terminal.type('\u007f'.repeat('Acme!'.length), 'acme', keys.enter)
    await terminal.shows('Your namespace is acme')
  })

  it.each(['E-mail address', 'Password', 'The same again', 'Namespace'])(
    'ends by Ctrl-C at "%s" with 130, and makes nothing',
    async (at) => {
      await using session = await platformAndUser()
      await using terminal = await atTerminal(session)
      const answers = { 'E-mail address': 'alice@example.com', Password: 'correct horse', 'The same again': 'correct horse', Namespace: '' }
      terminal.micro('signup')
      for (const [question, answer] of Object.entries(answers)) {
        await terminal.shows(question)
        if (question === at) break
        terminal.type(answer, keys.enter)
      }
      terminal.type(keys.interrupt)
      await terminal.shows('ended with 130')
      terminal.micro('user namespace')
      await terminal.shows('ended with 3')
    },
  )

  it('asks only for what no flag gave', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('signup --email alice@example.com --namespace acme')
    await terminal.shows('Password')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('The same again')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('Your namespace is acme')
    expect(terminal.all()).not.toContain('E-mail address')
  })

  it('asks nothing when the server is not there', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    await session.platform[Symbol.asyncDispose]()
    for (const command of ['signup', 'login']) {
      terminal.micro(command)
      expect(await terminal.shows('ended with 5')).toContain("can't be reached: nothing listens there.")
    }
  })
})

describe('micro login at a terminal', () => {
  it('takes admin for an empty name on this machine, and asks for the password', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('login')
    await terminal.shows('E-mail address or user name')
    terminal.type(keys.enter)
    await terminal.shows('Password')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('Logged in to local as alice')
    await terminal.shows('ended with 0')
  })

  it('of a wrong password says so, and not that one should log in', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('login --username alice')
    await terminal.shows('Password')
    terminal.type('wrong', keys.enter)
    expect(await terminal.shows('ended with 3')).toMatch(/Error: The login or the password is wrong\.\n+ended/)
  })

  it('ends by Ctrl-C with 130', async () => {
    await using session = await platformAndUser()
    await using terminal = await atTerminal(session)
    terminal.micro('login')
    await terminal.shows('user name')
    terminal.type(keys.interrupt)
    await terminal.shows('ended with 130')
  })
})

describe('other questions at a terminal', () => {
  it('a password is changed by the present one and the new one, typed twice', async () => {
    await using session = await loggedIn()
    await using terminal = await atTerminal(session)
    terminal.micro('user set password')
    await terminal.shows('Present password')
    terminal.type('correct horse', keys.enter)
    await terminal.shows('New password (at least 8 characters)')
    terminal.type('battery staple', keys.enter)
    await terminal.shows('The same again')
    terminal.type('battery staple', keys.enter)
    await terminal.shows('The password is changed.')
  })

  it('a namespace is deleted after a yes, and not without one', async () => {
    await using session = await loggedIn()
    await using terminal = await atTerminal(session)
    terminal.micro('namespace create acme')
    await terminal.shows('ended with 0')
    terminal.micro('namespace delete acme')
    await terminal.shows('deletes every service of acme')
    terminal.type(keys.enter)
    await terminal.shows('Nothing was done.')
    await terminal.shows('ended with 1')
    terminal.micro('namespace delete acme')
    await terminal.shows('deletes every service of acme')
    terminal.type('y')
    await terminal.shows('Deleted acme.')
  })

  it('the secret of a credential is not shown', async () => {
    await using session = await loggedIn()
    await using terminal = await atTerminal(session)
    terminal.micro('credential set github.com')
    await terminal.shows('Access token or password')
    terminal.type('s3cret', keys.enter)
    await terminal.shows('are now fetched as x-access-token')
    expect(terminal.all()).not.toContain('s3cret')
  })
})
