import { describe, expect, test } from 'vitest'
import { formatOf } from './command.ts'
import { commandOf, containerOptions, environmentOf, type ImageFacts, workingDirectoryOf } from './container.ts'
import { exitOf, mayBeOutOfMemory } from './exit.ts'
import { holderOptions } from './holder.ts'
import { holderArchive } from './holder-image.ts'
import { bridgeName } from './labels.ts'
import { networkOptions } from './network.ts'
import { problemsOf } from './requirements.ts'
import type { Spec } from './spec.ts'
import { startError } from './start-error.ts'
import { statsOf } from './stats.ts'

const spec: Spec = {
  id: 'ins_1',
  namespace: 'acme',
  service: 'hello',
  release: 12,
  artifact: { kind: 'image', image: 'built:1' },
  env: {},
  limits: { memoryBytes: 256 * 2 ** 20, cpus: 0.5, processes: 64 },
  restart: 'never',
}
const image: ImageFacts = {
  id: 'sha256:1',
  entrypoint: [],
  command: ['node', 'x.js'],
  workingDirectory: '/srv',
  environment: { PATH: '/bin' },
  volumes: [],
}
const optionsOf = (changes: Partial<Spec> = {}, facts: Partial<ImageFacts> = {}, sandbox?: 'gvisor') =>
  containerOptions({
    installation: 'abc',
    spec: { ...spec, ...changes },
    image: { ...image, ...facts },
    holder: 'h1',
    platformDirectory: '/data/run',
    sandbox,
  })

describe('the container of an instance', () => {
  test('is confined in every way, as the engine is told', () => {
    expect(optionsOf()).toEqual({
      name: 'micro-abc-ins_1',
      Image: 'built:1',
      Env: ['LANG=C.UTF-8', 'HOME=/tmp/home', 'TMPDIR=/tmp', 'PORT=8080', 'MICRO_INSTANCE=ins_1', 'TINI_KILL_PROCESS_GROUP=1'],
      WorkingDir: '/srv',
      User: '10001:10001',
      Labels: {
        'micro.installation': 'abc',
        'micro.role': 'instance',
        'micro.instance': 'ins_1',
        'micro.namespace': 'acme',
        'micro.service': 'hello',
        'micro.release': 'v12',
      },
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Privileged: false,
        ReadonlyRootfs: true,
        Memory: 268_435_456,
        MemorySwap: 268_435_456,
        CpuPeriod: 100_000,
        CpuQuota: 50_000,
        PidsLimit: 64,
        IpcMode: 'private',
        CgroupnsMode: 'private',
        NetworkMode: 'container:h1',
        Init: true,
        Mounts: [{ Type: 'bind', Source: '/data/run', Target: '/run/micro', ReadOnly: true, BindOptions: { Propagation: 'rprivate' } }],
        Tmpfs: {
          '/tmp': 'rw,nosuid,nodev,exec,mode=1777,uid=10001,gid=10001,size=268435456',
          '/tmp/home': 'rw,nosuid,nodev,exec,mode=700,uid=10001,gid=10001,size=268435456',
        },
        Ulimits: [
          { Name: 'nofile', Soft: 8192, Hard: 8192 },
          { Name: 'core', Soft: 0, Hard: 0 },
        ],
        OomScoreAdj: 500,
        RestartPolicy: { Name: '' },
        LogConfig: { Type: 'local', Config: { 'max-size': '2m', 'max-file': '4', compress: 'false' } },
      },
    })
  })

  test('sees an artifact at /app, read-only, and starts there', () => {
    const options = optionsOf({
      artifact: { kind: 'image', image: 'deps:1', mount: '/data/artifacts/7' },
      workingDirectory: 'inner' as Spec['workingDirectory'] & string,
    })
    expect(options.HostConfig?.Mounts?.[0]).toMatchObject({ Source: '/data/artifacts/7', Target: '/app', ReadOnly: true })
    expect(options.WorkingDir).toBe('/app/inner')
  })

  test('has memory for the volumes of its image, except where the platform mounts something', () => {
    const mounted = { artifact: { kind: 'image', image: 'x', mount: '/m' } } as const
    const volumes = ['/data', '/app', '/run/micro']
    expect(Object.keys(optionsOf(mounted, { volumes }).HostConfig?.Tmpfs ?? {})).toEqual(['/data', '/tmp', '/tmp/home'])
    expect(Object.keys(optionsOf({}, { volumes: ['/app'] }).HostConfig?.Tmpfs ?? {})).toContain('/app')
  })

  test('on gVisor has the runtime of that name, and threads for the sandbox', () => {
    expect(optionsOf({}, {}, 'gvisor').HostConfig).toMatchObject({ Runtime: 'runsc', PidsLimit: 512 })
    expect(optionsOf().HostConfig).not.toHaveProperty('Runtime')
  })

  test('takes its command from the spec, else from the image', () => {
    expect(optionsOf()).not.toHaveProperty('Entrypoint')
    expect(optionsOf({ command: ['a', '$(b)'] })).toMatchObject({ Entrypoint: ['a', '$(b)'], Cmd: [] })
    expect(commandOf({ command: 'npm start' }, image)).toEqual(['/bin/sh', '-c', 'npm start'])
    expect(commandOf({}, { entrypoint: ['run'], command: ['x'] })).toEqual(['run', 'x'])
  })

  test('starts in the working directory of its image', () => {
    expect(workingDirectoryOf(spec, { workingDirectory: '' })).toBe('/')
    expect(workingDirectoryOf(spec, { workingDirectory: '/srv' })).toBe('/srv')
  })

  test('lets a tenant set any variable but those of the platform', () => {
    const env = { HOME: '/x', PORT: '1', MICRO_INSTANCE: 'other', MICRO_SECRETS: '/y', TINI_KILL_PROCESS_GROUP: '', LANG: 'de' }
    expect(environmentOf({ ...spec, env, port: 3000, secrets: { A: 'b' } }, image)).toEqual({
      HOME: '/x',
      LANG: 'de',
      TMPDIR: '/tmp',
      PORT: '3000',
      MICRO_INSTANCE: 'ins_1',
      MICRO_SECRETS: '/run/micro/secrets',
      TINI_KILL_PROCESS_GROUP: '1',
    })
    expect(environmentOf(spec, { environment: { LANG: 'fr' } })).not.toHaveProperty('LANG')
  })
})

describe('networks', () => {
  const wanted = { id: 'ns_1', subnet: '10.208.7.0/24', gateway: '10.208.7.1', egress: true }

  test('have a bridge of a name that firewall rules can go by, and the subnet that was allotted', () => {
    const options = networkOptions('abc', 'micro-abc-ns_1', wanted)
    expect(options).toMatchObject({
      Driver: 'bridge',
      Internal: false,
      Labels: { 'micro.installation': 'abc', 'micro.network': 'ns_1' },
      IPAM: { Config: [{ Subnet: '10.208.7.0/24', Gateway: '10.208.7.1' }] },
    })
    expect(options.Options?.['com.docker.network.bridge.name']).toBe(bridgeName('micro-abc-ns_1'))
    expect(bridgeName('micro-abc-ns_1')).toMatch(/^mcr[0-9a-f]{12}$/)
    expect(networkOptions('abc', 'micro-abc-default', undefined)).not.toHaveProperty('IPAM')
  })

  test('a holder asks the gateway for names, is confined, and ends at once when the engine stops', () => {
    const options = holderOptions('net', 'micro-holder:1', '10.208.7.1')
    expect(options).toMatchObject({ User: '10001:10001', StopSignal: 'SIGKILL' })
    expect(options.HostConfig).toMatchObject({
      NetworkMode: 'net',
      Dns: ['10.208.7.1'],
      CapDrop: ['ALL'],
      ReadonlyRootfs: true,
      PidsLimit: 16,
    })
  })

  test.each(['x86_64', 'aarch64'])('the program of a holder is a file for %s', (architecture) => {
    const archive = holderArchive(architecture)
    expect(archive.length % 512).toBe(0)
    expect(formatOf(archive.subarray(512, 768))).toEqual({ kind: 'elf', machine: architecture === 'x86_64' ? 62 : 183 })
    expect(archive.toString('latin1', 0, 4)).toBe('hold')
  })

  test('there is none for other machines', () => {
    expect(() => holderArchive('s390x')).toThrow('s390x')
  })
})

describe('what the engine says', () => {
  const at = '2026-11-27T00:25:01.745190744Z'

  test.each([
    [{ ExitCode: 0 }, { code: 0 }],
    [{ ExitCode: 3 }, { code: 3 }],
    [{ ExitCode: 143 }, { signal: 'SIGTERM' }],
    [
      { ExitCode: 137, OOMKilled: true },
      { signal: 'SIGKILL', outOfMemory: true },
    ],
    // A child was, and the main process went on.
    [{ ExitCode: 1, OOMKilled: true }, { code: 1 }],
  ])('of an end: %o is %o', (state, exit) => {
    expect(exitOf({ Status: 'exited', FinishedAt: at, OOMKilled: false, ...state })).toEqual({ at: new Date(at), ...exit })
  })

  test('of an end that nobody saw', () => {
    expect(exitOf(undefined)).toEqual({ at: expect.any(Date) })
    expect(exitOf({ Status: 'created', FinishedAt: '0001-01-01T00:00:00Z', OOMKilled: false, ExitCode: 0 })).toEqual({
      at: expect.any(Date),
    })
  })

  test('of an end by SIGKILL, before it knows about the memory', () => {
    const state = { Status: 'exited', FinishedAt: at } as const
    expect(mayBeOutOfMemory({ ...state, ExitCode: 137, OOMKilled: false })).toBe(true)
    expect(mayBeOutOfMemory({ ...state, ExitCode: 137, OOMKilled: true })).toBe(false)
    expect(mayBeOutOfMemory(undefined)).toBe(false)
  })

  test.each([
    ['write /x: no space left on device', 'DISK_FULL'],
    ['fork/exec: resource temporarily unavailable', 'MACHINE_FULL'],
    ['no available IPv4 addresses on this network', 'MACHINE_FULL'],
    ['exec: argument list too long', 'ENVIRONMENT_TOO_LARGE'],
    ['OCI runtime create failed: chdir to cwd ("/app/x") set in config.json failed', 'WORKING_DIRECTORY_MISSING'],
    ['No such image: x', 'IMAGE_MISSING'],
    ['invalid mount config: bind source path does not exist: /x', 'ARTIFACT_MISSING'],
    ['anything else', 'START_FAILED'],
  ])('when it cannot start something: %s', (message, reason) => {
    const error = Object.assign(new Error(message), { statusCode: 500 })
    expect(() => startError(error)).toThrow(expect.objectContaining({ details: expect.objectContaining({ reason }) }))
  })

  test('of what an instance uses, in either version of control groups', () => {
    const own = { read: at, cpu_stats: { cpu_usage: { total_usage: 1_234_567_890 } }, pids_stats: { current: 7 } }
    const first = { ...own, memory_stats: { usage: 100, stats: { total_inactive_file: 30, inactive_file: 5 } } }
    const networks = { eth0: { rx_bytes: 5, tx_bytes: 6 }, eth1: { rx_bytes: 1, tx_bytes: 1 } }
    expect(statsOf(first as never, networks as never)).toEqual({
      at: new Date(at),
      cpuMs: 1235,
      memoryBytes: 70,
      processes: 7,
      receivedBytes: 6,
      sentBytes: 7,
    })
    const second = { ...own, memory_stats: { usage: 100, stats: { inactive_file: 5 } } }
    expect(statsOf(second as never, undefined)).toEqual({ at: new Date(at), cpuMs: 1235, memoryBytes: 95, processes: 7 })
    expect(statsOf({ ...own, memory_stats: {} } as never, undefined)).toBeUndefined()
  })
})

describe('an engine is refused', () => {
  const good = {
    OSType: 'linux',
    SecurityOptions: ['name=seccomp,profile=default'],
    Runtimes: { runc: {}, runsc: {} },
    MemoryLimit: true,
    CpuCfsQuota: true,
    PidsLimit: true,
  }

  test('never when it has everything', () => {
    expect(problemsOf(good, 'gvisor')).toEqual([])
  })

  test.each([
    [{ OSType: 'windows' }, 'no Linux containers'],
    [{ SecurityOptions: [] }, 'seccomp'],
    [{ SecurityOptions: ['name=seccomp,profile=unconfined'] }, 'seccomp'],
    [{ MemoryLimit: false }, 'limit memory'],
    [{ CpuCfsQuota: false }, 'limit cpu'],
    [{ PidsLimit: false }, 'limit pids'],
    [{ Runtimes: { runc: {} } }, 'no runtime named runsc'],
  ])('with %o', (changes, why) => {
    expect(problemsOf({ ...good, ...changes }, 'gvisor').map(({ message }) => message)).toEqual([expect.stringContaining(why)])
  })
})

test.each([
  [Buffer.from('7f454c46020101000000000000000000020003000100', 'hex'), { kind: 'elf', machine: 3 }],
  [Buffer.from('#!/usr/bin/env node\nx'), { kind: 'script', interpreter: '/usr/bin/env' }],
  [Buffer.from('#! /bin/bash -e'), { kind: 'script', interpreter: '/bin/bash' }],
  [Buffer.from('echo hello\n'), { kind: 'text' }],
  [Buffer.from([1, 0, 2]), { kind: 'unknown' }],
  [Buffer.alloc(0), { kind: 'unknown' }],
])('a file that begins with %o is %o to the kernel', (bytes, format) => {
  expect(formatOf(bytes)).toEqual(format)
})
