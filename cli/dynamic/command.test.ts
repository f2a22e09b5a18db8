import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { until } from '../testing/cli.ts'
import { loggedIn, platformAndUser, usePlatforms } from '../testing/fixture.ts'

usePlatforms()

describe('the dynamic command for an RPC service', () => {
  it('calls Call by default, as the user, in the namespace', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    expect(await user.run(['everything', '--name=Alice', '--is-member', '-H', 'trace=1'])).toMatchObject({
      code: 0,
      stdout: '{"name":"Alice","isMember":true}\n',
      stderr: '',
    })
    const headers = platform.seenHeaders.at(-1)
    expect(headers?.get('micro-namespace')).toBe('brave-otter-42')
    expect(headers?.get('micro-service')).toBe('everything')
    expect(headers?.get('trace')).toBe('1')
    expect(headers?.get('authorization')).toMatch(/^Bearer ./)
    expect(headers?.get('content-type')).toMatch(/^application\/grpc/)
  })

  it('finds service and endpoint without case, - or _', async () => {
    await using session = await loggedIn()
    expect((await session.user.run(['Every-Thing', 'CALL', '--name', 'Bob'])).stdout).toBe('{"name":"Bob"}\n')
  })

  it('takes the request from standard input', async () => {
    await using session = await loggedIn()
    expect((await session.user.run(['everything', 'call', '-'], { input: '{"name": "In"}' })).stdout).toBe('{"name":"In"}\n')
    expect((await session.user.run(['everything', '--json', '-', '--age=3'], { input: '{"name": "In"}' })).stdout).toBe(
      '{"name":"In","age":3}\n',
    )
  })

  it('keeps a control character of the answer from the terminal, in JSON that means the same', async () => {
    await using session = await loggedIn()
    const { stdout } = await session.user.run(['everything', '--name', 'a\u009b31mb\u202e'])
    expect(stdout).toBe('{"name":"a\\u009b31mb\\u202e"}\n')
  })

  it('streams one JSON a line', async () => {
    await using session = await loggedIn()
    expect((await session.user.run(['everything', 'stream', '--messages=3'])).stdout).toBe('{"number":1}\n{"number":2}\n{"number":3}\n')
  })

  it('sends each line of standard input to an endpoint that takes a stream', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect((await user.run(['everything', 'sum', '-'], { input: '{"number":1}\n\n{"number":2}\n' })).stdout).toBe('{"number":3}\n')
    expect((await user.run(['everything', 'echo', '-'], { input: '{"number":1}\n{"number":2}\n' })).stdout).toBe(
      '{"number":1}\n{"number":2}\n',
    )
    expect((await user.run(['everything', 'sum', '--number=7'])).stdout).toBe('{"number":7}\n')
  })

  it('ends a stream cleanly with Ctrl-C', async () => {
    await using session = await loggedIn()
    const child = session.user.start(['everything', 'stream', '--messages=1', '--forever'])
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    await until(() => stdout !== '')
    child.kill('SIGINT')
    await once(child, 'close')
    expect({ code: child.exitCode, stdout, stderr }).toEqual({ code: 0, stdout: '{"number":1}\n', stderr: '' })
  })

  it('shows the error of the service and ends with exit code 1, a timeout with 124', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect(await user.run(['everything', 'fail-now'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: everything Everything.FailNow answered failed_precondition: The tank is \\x07 empty.\n',
    })
    expect(await user.run(['everything', 'stream', '--forever', '--timeout=200ms'])).toMatchObject({
      code: 124,
      stderr: 'Error: everything Everything.Stream took longer than 200 ms.\n',
    })
  })

  it.each([
    [['everything', '--age=old'], 2, '--age is an int32'],
    [['everything', '--nmae=x'], 2, 'Did you mean --name?'],
    [['everything', 'steram'], 4, 'Did you mean Stream?'],
    [['everything', 'call', 'extra'], 2, 'one word too many'],
    [['satus'], 4, 'Did you mean `micro status`?'],
    [['nothing-like-it-at-all'], 4, '`micro services`'],
    [['wh/at'], 2, 'no service can have that name'],
  ])('%j ends with exit code %i: %s', async (argv, code, message) => {
    await using session = await loggedIn()
    expect(await session.user.run(argv)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
    expect(session.platform.calls).not.toContain('Call')
  })

  it('suggests a command also to someone who is not logged in', async () => {
    await using session = await platformAndUser()
    expect(await session.user.run(['satus'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/did you mean `micro status`\?[\s\S]*`micro login`/),
    })
  })

  it('lists the endpoints with their comments by --help, and the fields of one', async () => {
    await using session = await loggedIn()
    const { user } = session
    const all = await user.run(['everything', '--help'])
    expect(all.code).toBe(0)
    expect(all.stdout).toMatch(/call +Answers with the request that it got\.\n +stream +Counts up to a number\. \(streams responses\)/)
    const one = await user.run(['everything', 'call', '--help'])
    expect(one.stdout).toMatch(/--name string +Who is meant\.\n/)
    expect(one.stdout).toMatch(/--address\.city string +Where the house stands\.\n/)
    expect(one.stdout).toMatch(/--colour everything\.Colour +one of unspecified, red, dark_blue/)
    expect(one.stdout).toContain('--labels map<string, string>')
    expect(session.platform.calls).not.toContain('Call')
  })
})

describe('micro call and micro stream', () => {
  it('take the request as JSON', async () => {
    await using session = await loggedIn()
    const { user } = session
    expect(await user.run(['call', 'everything', 'Everything.Call', '{"name":"Alice"}'])).toMatchObject({
      code: 0,
      stdout: '{"name":"Alice"}\n',
    })
    expect(await user.run(['call', 'everything', 'Call', '-', '-H', 'a=b'], { input: '{"age":1}' })).toMatchObject({
      code: 0,
      stdout: '{"age":1}\n',
    })
    expect(await user.run(['stream', 'everything', 'Stream', '{"messages":2}'])).toMatchObject({
      code: 0,
      stdout: '{"number":1}\n{"number":2}\n',
    })
    expect(await user.run(['stream', 'everything', 'Stream', '{"forever":true}', '--timeout', '200ms'])).toMatchObject({ code: 124 })
    expect(await user.run(['call', 'everything', 'Call', '{"nope":1}'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"nope"'),
    })
    expect(await user.run(['call', 'everything', 'Call', '{oops'])).toMatchObject({ code: 2, stderr: expect.stringContaining('not JSON') })
    expect(await user.run(['call', 'web', 'Call'])).toMatchObject({ code: 2, stderr: expect.stringContaining('HTTP service') })
  })
})

describe('the dynamic command for an HTTP service', () => {
  it('sends fields as the query, --json as the body', async () => {
    await using session = await loggedIn()
    const { user, platform } = session
    platform.http = async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      response.setHeader('Content-Type', 'application/json')
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          host: request.headers.host,
          namespace: request.headers['micro-namespace'],
          x: request.headers['x-a'],
          body,
        }),
      )
    }
    const get = await user.run(['web', 'greet/me', '--name=A b', '--loud', 'true', '-H', 'x-a: 1'])
    expect(JSON.parse(get.stdout)).toEqual({
      method: 'GET',
      url: '/web/greet/me?name=A+b&loud=true',
      host: platform.address,
      namespace: 'brave-otter-42',
      x: '1',
      body: '',
    })
    const post = await user.run(['web', '--json', '{"a":1}'])
    expect(JSON.parse(post.stdout)).toMatchObject({ method: 'POST', url: '/web/', body: '{"a":1}' })
    expect(await user.run(['web', '../../graphql'])).toMatchObject({ code: 2, stderr: expect.stringContaining('leads out of web') })
    expect((await user.run(['web', '--help'])).stdout).toContain('micro web [PATH]')
  })

  it.each([
    [500, 'oops \u001b[2J', 1, 'web answered 500: oops '],
    [404, '{"id":"x","code":404,"detail":"There is no such path.","status":"Not Found"}', 4, 'There is no such path.'],
    [403, '', 3, 'web answered 403.'],
    [504, '', 124, 'web answered 504.'],
  ])('ends with an exit code for status %i', async (status, body, code, message) => {
    await using session = await loggedIn()
    session.platform.http = (_request, response) => {
      response.statusCode = status
      response.end(body)
    }
    const result = await session.user.run(['web'])
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
    expect(result.stderr).not.toContain('\u001b')
  })

  it('gives up after --timeout with exit code 124', async () => {
    await using session = await loggedIn()
    session.platform.http = () => {}
    expect(await session.user.run(['web', '--timeout', '200ms'])).toMatchObject({
      code: 124,
      stderr: expect.stringContaining('did not answer within 200 ms'),
    })
  })
})
