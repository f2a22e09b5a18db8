import { describe, expect, test } from 'vitest'
import { nextPause } from '../backoff.ts'
import { exitOf } from '../exit.ts'
import { maxLineBytes, splitLines } from '../lines.ts'
import type { InstanceSpec } from '../runtime.ts'
import { parseTcpTable } from '../tcp-table.ts'
import { launchArguments, limitsOf } from './launch.ts'
import { punchHoleArguments } from './punch-hole.ts'
import { parseStatus } from './status-file.ts'
import { findUser, tenantUser, useraddArguments } from './user.ts'

const spec: InstanceSpec = {
  id: 'ins_1',
  namespace: 'acme',
  service: 'hello',
  release: 1,
  artifact: { kind: 'directory', path: '/artifact' },
  command: 'npm start',
  env: {},
  limits: { memoryBytes: 1024 ** 3, cpus: 1, processes: 64 },
  restart: 'never',
}

describe('commands are argument lists', () => {
  test('the shim gets its limits and the command behind them', () => {
    const argv = ['node', 'a b.js', '$(x)']
    const shim = '/data/shim.sh'
    expect(launchArguments({ setpriv: undefined, shim, spec, user: undefined, argv })).toEqual([
      '/bin/sh',
      shim,
      'ins_1',
      '4194304',
      '8192',
      '0',
      ...argv,
    ])
    expect(launchArguments({ setpriv: '/usr/bin/setpriv', shim, spec, user: { uid: 1, gid: 1 }, argv }).slice(0, 5)).toEqual([
      '/usr/bin/setpriv',
      '--no-new-privs',
      '--',
      '/bin/sh',
      shim,
    ])
  })

  test('memory has a floor that lets any language start, processes are limited for a user of their own', () => {
    const small = { ...spec, limits: { ...spec.limits, memoryBytes: 1024 } }
    expect(limitsOf(small, undefined)).toEqual({ dataKib: 2 * 1024 ** 2, openFiles: 8192, processes: 0 })
    expect(limitsOf(small, { uid: 999, gid: 999 }).processes).toBe(4096)
  })

  test('other programs', () => {
    expect(punchHoleArguments('/data/output', 4096)).toEqual(['--punch-hole', '--offset', '0', '--length', '4096', '--', '/data/output'])
    expect(useraddArguments()).toContain('--system')
    expect(useraddArguments().at(-1)).toBe('micro-tenant')
  })
})

describe('the tenant user', () => {
  test('is found by its whole name', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nmicro-tenant2:x:7:7::/:/x\nmicro-tenant:x:995:994::/nonexistent:/usr/sbin/nologin\n'
    expect(findUser(passwd, 'micro-tenant')).toEqual({ uid: 995, gid: 994 })
    expect(findUser(passwd, 'micro')).toBeUndefined()
  })

  test('is made once for root, and there is none for anybody else', async () => {
    const [first, second] = await Promise.all([tenantUser(), tenantUser()])
    expect(second).toEqual(first)
    if (process.getuid?.() === 0) expect(first?.uid).toBeGreaterThan(0)
    else expect(first).toBeUndefined()
  })
})

describe('the pause before a restart', () => {
  test('doubles from one second to sixty', () => {
    const pauses = []
    for (let failures = 0; failures < 9; ) {
      const next = nextPause(failures, 10)
      pauses.push(next.pauseMs / 1000)
      failures = next.failures
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  test('is forgotten after sixty seconds of running', () => {
    expect(nextPause(7, 60_000)).toEqual({ pauseMs: 1000, failures: 1 })
    expect(nextPause(7, 59_999)).toEqual({ pauseMs: 60_000, failures: 8 })
  })
})

describe('lines', () => {
  const texts = (bytes: Buffer) => splitLines(bytes).map(({ text }) => text)

  test('end at newlines; what has none yet is left', () => {
    expect(splitLines(Buffer.from('one\r\n\ntwo'))).toEqual([
      { text: 'one', end: 5 },
      { text: '', end: 6 },
    ])
  })

  test('of exactly the greatest length stay whole', () => {
    const longest = 'x'.repeat(maxLineBytes)
    expect(texts(Buffer.from(`${longest}\n${longest}y\n`))).toEqual([longest, longest, 'y'])
    expect(texts(Buffer.from(longest))).toEqual([])
  })

  test('are not split inside a character, and split anywhere when there are none', () => {
    const emoji = '😀'.repeat(maxLineBytes / 4)
    expect(texts(Buffer.from(`abc${emoji}\n`))).toEqual([`abc${emoji.slice(0, -2)}`, '😀'])
    expect(texts(Buffer.alloc(maxLineBytes + 1, 0x80))).toHaveLength(1)
  })
})

describe('what the shim wrote', () => {
  test.each([
    ['', {}],
    ['123', {}],
    ['123\n', { pid: 123 }],
    ['123\n1', { pid: 123 }],
    ['123\n137\n', { pid: 123, status: 137 }],
    ['123\n0\n', { pid: 123, status: 0 }],
  ])('%j is read', (text, expected) => {
    expect(parseStatus(text)).toEqual(expected)
  })

  test.each([
    [0, { code: 0 }],
    [127, { code: 127 }],
    [128, { code: 128 }],
    [137, { signal: 'SIGKILL' }],
    [143, { signal: 'SIGTERM' }],
    [255, { code: 255 }],
  ])('status %i is a code or a signal', (status, expected) => {
    const at = new Date()
    expect(exitOf(status, at)).toEqual({ at, ...expected })
  })
})

test('the table of sockets gives those that listen', () => {
  const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'
  const row = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000000000000000 100 0 0 10 0`
  const table = [
    head,
    row('0100007F:1F90', '0A', 11),
    row('0100007F:1F91', '01', 12),
    row('00000000000000000000000001000000:0BB8', '0A', 13),
    row('0000000000000000FFFF00000100007F:0050', '0A', 14),
    '',
  ]
  expect(parseTcpTable(table.join('\n'))).toEqual([
    { inode: '11', address: { host: '127.0.0.1', port: 8080 } },
    { inode: '13', address: { host: '::1', port: 3000 } },
    { inode: '14', address: { host: '::ffff:7f00:1', port: 80 } },
  ])
})
