import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { exec } from './exec.ts'
import { lineSplitter } from './lines.ts'

const node = process.execPath
const env = {}

test('gives back the exit code and both streams', async () => {
  const script = 'console.log("out"); console.error("err"); process.exit(3)'
  expect(await exec([node, '-e', script], { env })).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' })
})

test('passes arguments as they are, without a shell, and nothing of its own environment', async () => {
  const result = await exec([node, '-p', 'JSON.stringify([process.argv.slice(1), process.env])', '--', '$(id); `id`', '* "'], {
    env: { ONLY: 'this' },
  })
  expect(JSON.parse(result.stdout)).toEqual([['$(id); `id`', '* "'], { ONLY: 'this' }])
})

test('hands lines over as they come and splits endless ones', async () => {
  const lines: string[] = []
  const script = 'process.stdout.write("a\\nb\\r\\n" + "x".repeat(20000) + "\\n"); process.stdout.write("last")'
  await exec([node, '-e', script], { env, onLine: (line) => lines.push(line) })
  expect(lines.map((line) => (line.length > 10 ? line.length : line))).toEqual(['a', 'b', 16384, 20000 - 16384, 'last'])
})

test('decodes characters that are cut between chunks, and replaces what is not UTF-8', () => {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  const bytes = Buffer.from('grün\n')
  for (const byte of bytes) splitter.push(Buffer.from([byte]))
  splitter.push(Buffer.from([0xff, 0x0a]))
  splitter.end()
  expect(lines).toEqual(['grün', '\ufffd'])
})

test('gives input on standard input', async () => {
  expect((await exec(['/bin/cat'], { env, input: 'hello' })).stdout).toBe('hello')
})

test('stops a program that takes too long, with everything that it started', async () => {
  const { pids, onLine } = collectPids()
  const script = `const { spawn } = require('node:child_process')
    process.on('SIGTERM', () => {})
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: 'inherit' })
    console.log(process.pid + ' ' + child.pid); setInterval(() => {}, 1000)`
  await expect(exec([node, '-e', script], { env, timeoutMs: 700, graceMs: 100, onLine })).rejects.toMatchObject({
    code: 'deadline_exceeded',
  })
  expect(pids).toHaveLength(2)
  for (const pid of pids) expect(await running(pid)).toBe(false)
})

test('leaves nothing of its group behind when the program itself ends', async () => {
  const { pids, onLine } = collectPids()
  const script = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); child.unref()
    console.log(child.pid)`
  expect(await exec([node, '-e', script], { env, onLine })).toMatchObject({ code: 0 })
  expect(pids).toHaveLength(1)
  for (const pid of pids) expect(await running(pid)).toBe(false)
})

test('returns although a program that left the group keeps the pipes open', async () => {
  const { pids, onLine } = collectPids()
  const script = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit', detached: true }); child.unref()
    console.log(child.pid)`
  expect(await exec([node, '-e', script], { env, onLine })).toMatchObject({ code: 0 })
  for (const pid of pids) process.kill(pid, 'SIGKILL')
})

test('stops when canceled, before and while it runs', async () => {
  await expect(exec([node, '-e', ''], { env, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'canceled' })
  const abort = new AbortController()
  const script = 'console.log("up"); setInterval(() => {}, 1000)'
  await expect(exec([node, '-e', script], { env, signal: abort.signal, onLine: () => abort.abort() })).rejects.toMatchObject({
    code: 'canceled',
  })
})

test('stops a program that prints without end', async () => {
  const script =
    'const line = "y".repeat(1000); const go = () => { while (process.stdout.write(line)); process.stdout.once("drain", go) }; go()'
  await expect(exec([node, '-e', script], { env, outputBytes: 100_000 })).rejects.toMatchObject({ code: 'resource_exhausted' })
})

test('says which program is missing', async () => {
  await expect(exec(['no-such-program'], { env })).rejects.toThrow("The program no-such-program isn't installed on this machine.")
})

function collectPids() {
  const pids: number[] = []
  return { pids, onLine: (line: string) => void pids.push(...line.split(' ').map(Number)) }
}

/** A killed process may stay as a zombie until whoever adopted it looks. */
async function running(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) [ZX] /.test(stat)
}
