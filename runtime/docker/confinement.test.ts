import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithDocker } from '../../testing/docker.ts'
import type { InstanceSpec, Runtime } from '../runtime.ts'
import { until } from '../suite/helpers.ts'
import { instanceUser } from './container.ts'
import { createPlace, derivedImage, jsonOf, type Place, textsOf } from './testing.ts'

await describeWithDocker('an instance in a container', ({ socket }) => {
  let place: Place
  let runtime: Runtime
  beforeAll(async () => {
    place = await createPlace(socket)
    runtime = await place.open()
  })
  afterEach(async () => {
    await Promise.all((await runtime.list()).map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => place?.dispose())

  const start = async (changes: Partial<InstanceSpec>) => {
    const spec = place.spec(changes)
    await runtime.apply(spec)
    return spec
  }
  /** What a program inside prints as JSON. */
  const inside = async (program: string, changes: Partial<InstanceSpec> = {}) => {
    const { id } = await start({ command: ['node', '-e', `${helpers}\nconsole.log(JSON.stringify(${program}))`], ...changes })
    return jsonOf(runtime, id)
  }
  const exited = async (id: string) => {
    const instance = await until(runtime, id, ({ state }) => state === 'exited')
    return instance.state === 'exited' ? instance.exit : undefined
  }
  const inspect = (id: string) => place.engine.docker.getContainer(`micro-${place.installation}-${id}`).inspect()

  const nobody = {
    uid: instanceUser.uid,
    gid: instanceUser.gid,
    groups: [instanceUser.gid],
    CapInh: '0000000000000000',
    CapPrm: '0000000000000000',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    NoNewPrivs: '1',
    Seccomp: '2',
  }
  const identity = `{ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), ...status() }`

  test('is an ordinary user without any capability, without a way to more, behind the seccomp filter', async () => {
    expect(await inside(identity)).toEqual(nobody)
  })

  test.each(['0', 'root:root', '1000'])('is that user although its image says USER %s', async (user) => {
    const image = await derivedImage(place, [`USER ${user}`])
    expect(await inside(identity, { artifact: { kind: 'image', image } })).toEqual(nobody)
  })

  test('may write to /tmp, its home and shared memory, and nowhere else', async () => {
    const artifact = await place.artifact({ 'file.txt': 'x' })
    const paths = [
      '/',
      '/usr/local/bin',
      '/etc',
      '/app',
      '/run/micro',
      '/proc/sys/kernel',
      '/sys/fs/cgroup',
      '/tmp',
      '/tmp/home',
      '/dev/shm',
    ]
    const written = await inside(`${JSON.stringify(paths)}.map((path) => [path, write(path + '/test')])`, { artifact })
    expect(Object.fromEntries(written)).toMatchObject({
      '/': 'EROFS',
      '/usr/local/bin': 'EROFS',
      '/etc': 'EROFS',
      '/app': 'EROFS',
      '/run/micro': 'EROFS',
    })
    expect(written.filter(([, result]: [string, string]) => result === 'written').map(([path]: [string]) => path)).toEqual([
      '/tmp',
      '/tmp/home',
      '/dev/shm',
    ])
  })

  test('sees nothing of the machine but its artifact, the directory of the platform and what the engine itself brings, all read-only', async () => {
    const artifact = await place.artifact({ 'file.txt': 'x' })
    const mounts = await inside('hostMounts()', { artifact })
    expect(mounts.map(({ path }: { path: string }) => path).sort()).toEqual([
      '/app',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/run/micro',
      expect.stringMatching(/^\/(usr\/)?sbin\/docker-init$/),
    ])
    for (const { options } of mounts) expect(options.split(',')[0]).toBe('ro')
  })

  test('sees no device of the machine', async () => {
    const harmless = [
      'core',
      'fd',
      'full',
      'mqueue',
      'null',
      'ptmx',
      'pts',
      'random',
      'shm',
      'stderr',
      'stdin',
      'stdout',
      'tty',
      'urandom',
      'zero',
    ]
    const devices: string[] = await inside(`fs.readdirSync('/dev')`)
    expect(devices.filter((name) => !harmless.includes(name))).toEqual([])
  })

  test('sees no process and no control group of others', async () => {
    const seen = await inside(
      `{ processes: fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length, groups: fs.readFileSync('/proc/self/cgroup', 'utf8') }`,
    )
    expect(seen.processes).toBe(2) // the engine's init and itself
    for (const line of seen.groups.trim().split('\n')) expect(line.split(':')[2]).toBe('/')
  })

  test('gets no more processes than it may have', async () => {
    const program = `
      const { spawn } = require('node:child_process')
      let count = 0
      const more = () => {
        const child = spawn('sleep', ['60'], { stdio: 'ignore' })
        child.once('error', (error) => (console.log(JSON.stringify({ count, code: error.code })), process.exit()))
        child.once('spawn', () => (count++, more()))
      }
      more()`
    const { id } = await start({ command: ['node', '-e', program], limits: { memoryBytes: 2 ** 28, cpus: 1, processes: 40 } })
    const { count, code } = await jsonOf(runtime, id)
    expect(code).toBe('EAGAIN')
    expect(count).toBeLessThan(40)
    expect(count).toBeGreaterThan(10)
  })

  test('is ended when it takes more memory than it may have, which is told', async () => {
    const hog = `const kept = []; for (;;) kept.push(Buffer.alloc(2 ** 20, 1))`
    const { id } = await start({ command: ['node', '-e', hog], limits: { memoryBytes: 96 * 2 ** 20, cpus: 1, processes: 64 } })
    expect(await exited(id)).toEqual({ at: expect.any(Date), signal: 'SIGKILL', outOfMemory: true })
  })

  test('has what it writes to /tmp counted as memory', async () => {
    const { id } = await start({
      command: 'dd if=/dev/zero of=/tmp/big bs=1M count=200; echo went on',
      limits: { memoryBytes: 96 * 2 ** 20, cpus: 1, processes: 64 },
    })
    await exited(id)
    const texts = await textsOf(runtime, id)
    expect(texts.some((text) => /No space left|went on/.test(text))).toBe(true)
    expect(texts.join()).not.toContain('200+0 records out')
  })

  test('one that is killed otherwise is not said to have had too little memory', async () => {
    const { id } = await start({ command: 'kill -9 $$' })
    expect(await exited(id)).toEqual({ at: expect.any(Date), signal: 'SIGKILL' })
  })

  test('has the share of the processors that it was given', async () => {
    const quota = await inside(`quota()`, { limits: { memoryBytes: 2 ** 28, cpus: 0.25, processes: 64 } })
    expect(quota).toBe(25_000)
  })

  test('has more of the processors while it starts, and its own share once it is to stay', async () => {
    const spec = await start({ command: ['sleep', '60'], limits: { memoryBytes: 2 ** 28, cpus: 0.25, startCpus: 1, processes: 64 } })
    expect((await inspect(spec.id)).HostConfig.CpuQuota).toBe(100_000)
    await runtime.apply({ ...spec, restart: 'always' })
    expect((await inspect(spec.id)).HostConfig.CpuQuota).toBe(25_000)
  })

  test('may open so many files and leaves no core dumps', async () => {
    const limits = await inside(`fs.readFileSync('/proc/self/limits', 'utf8')`)
    expect(limits).toMatch(/Max open files +8192 +8192/)
    expect(limits).toMatch(/Max core file size +0 +0/)
    expect(await inside(`fs.readFileSync('/proc/self/oom_score_adj', 'utf8')`)).toBe('500\n')
  })

  test('has memory in place of the volumes that its image declares, and leaves none behind', async () => {
    const image = await derivedImage(place, ['VOLUME ["/data", "/usr/local/share"]'])
    const artifact = { kind: 'image', image } as const
    const { id } = await start({ command: 'touch /data/a /usr/local/share/b && cat /proc/mounts', artifact })
    await exited(id)
    const mounts = (await textsOf(runtime, id)).join('\n')
    expect(mounts).toMatch(/^tmpfs \/data tmpfs rw,nosuid,nodev/m)
    expect(mounts).toMatch(/^tmpfs \/usr\/local\/share tmpfs rw,nosuid,nodev/m)
    const { Mounts } = await inspect(id)
    expect(Mounts.map(({ Type, RW }) => [Type, RW])).toEqual([['bind', false]])
  })

  test('may listen on any port of its own network', async () => {
    const { id } = await start({
      command: ['node', '-e', `require('net').createServer().listen(process.env.PORT, () => console.log(process.env.PORT))`],
      port: 80,
    })
    expect(await textsOf(runtime, id, 1)).toEqual(['80'])
    expect((await runtime.list())[0]).toMatchObject({ address: { port: 80 } })
  })

  describe('as the engine is told', () => {
    test('it has no restart policy, no published port, no health check and is not privileged', async () => {
      const { id } = await start({})
      const { HostConfig, Config } = await inspect(id)
      expect(HostConfig).toMatchObject({
        Privileged: false,
        RestartPolicy: { Name: '' },
        PortBindings: {},
        Devices: null,
        ReadonlyRootfs: true,
      })
      expect(HostConfig.SecurityOpt).toEqual(['no-new-privileges'])
      expect(HostConfig.MemorySwap).toBe(HostConfig.Memory)
      expect(Config.Healthcheck).toEqual({ Test: ['NONE'] })
    })
  })
})

const helpers = `
const fs = require('node:fs')
const status = () => Object.fromEntries(fs.readFileSync('/proc/self/status', 'utf8').split('\\n').map((line) => line.split(':\\t'))
  .filter(([name]) => ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp'].includes(name)))
const write = (path) => { try { fs.writeFileSync(path, 'x'); return 'written' } catch (error) { return error.code } }
// Those of a device, not of the kernel's own file systems, which have none.
const hostMounts = () => fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\\n').map((line) => line.split(' '))
  .filter(([, , device]) => !device.startsWith('0:')).map(([, , , , path, options]) => ({ path, options }))
const quota = () => fs.existsSync('/sys/fs/cgroup/cpu.max')
  ? Number(fs.readFileSync('/sys/fs/cgroup/cpu.max', 'utf8').split(' ')[0])
  : Number(fs.readFileSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us', 'utf8'))
`
