import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { newId } from '../../lib/ids.ts'
import { waitFor } from '../../testing/wait-for.ts'
import type { Address, Instance, InstanceSpec, LogLine, Runtime } from '../runtime.ts'
import { programs } from './programs.ts'

/** What a driver gives the suite: a runtime of its own with nothing in it. */
export type RuntimeFixture = {
  runtime: Runtime
  /** An artifact with these files (path → content) in which `node` and `sh` can be executed. */
  artifact(files: Readonly<Record<string, string>>): Promise<InstanceSpec['artifact']>
  /** Where the test reaches a port on which a process inside the running instance listens, on all of its addresses. */
  reach(id: string, port: number): Address | Promise<Address>
  /** Closes the driver and opens another on the same state, as the next process of the platform would. */
  reopen(): Promise<Runtime>
  dispose(): Promise<void>
}

export type Running = Extract<Instance, { state: 'running' }>
export type Exited = Extract<Instance, { state: 'exited' }>

/** The driver under test, and what the tests do with it again and again. */
export type Driver = {
  /** Another one after `reopen`. */
  readonly runtime: Runtime
  reopen(): Promise<void>
  /** Of an instance with an id of its own, which serves HTTP unless it is told something else. */
  specOf(changes?: Partial<InstanceSpec>): InstanceSpec
  start(changes?: Partial<InstanceSpec>): Promise<InstanceSpec>
  find(id: string): Promise<Instance | undefined>
  running(id: string): Promise<Running>
  exited(id: string): Promise<Exited>
  until(id: string, condition: (instance: Instance) => boolean): Promise<Instance>
  /** Reads output until the lines satisfy, or all was read. */
  read(
    id: string,
    enough: (lines: LogLine[]) => boolean,
    options?: { after?: string | undefined; signal?: AbortSignal },
  ): Promise<LogLine[]>
  /** The first lines of output. */
  texts(id: string, count: number): Promise<string[]>
  /** The first answer of an instance that may still be starting. */
  answer(id: string, path?: string): Promise<string>
  reach(id: string, port: number | string | undefined): Promise<Address>
}

const patienceMs = 20_000

/** To be called inside `describe`: nothing is left running after each test. */
export function createDriver(factory: () => Promise<RuntimeFixture>): Driver {
  let fixture: RuntimeFixture
  let runtime: Runtime
  let artifact: InstanceSpec['artifact']

  beforeAll(async () => {
    fixture = await factory()
    runtime = fixture.runtime
    artifact = await fixture.artifact(programs)
  })
  afterEach(async () => {
    const left = await runtime.list()
    await Promise.all(left.map(({ id }) => runtime.remove(id, { graceMs: 0 })))
  })
  afterAll(() => fixture?.dispose())

  const driver: Driver = {
    get runtime() {
      return runtime
    },
    async reopen() {
      runtime = await fixture.reopen()
    },
    specOf: (changes) => ({
      id: newId('ins'),
      namespace: 'acme',
      service: 'helloworld',
      release: 1,
      artifact,
      command: ['node', 'server.mjs'],
      env: {},
      limits: { memoryBytes: 256 * 1024 * 1024, cpus: 1, processes: 64 },
      restart: 'never',
      ...changes,
    }),
    async start(changes) {
      const spec = driver.specOf(changes)
      await runtime.apply(spec)
      return spec
    },
    find: async (id) => (await runtime.list()).find((instance) => instance.id === id),
    async running(id) {
      const instance = await driver.find(id)
      if (instance?.state !== 'running') throw new Error(`the instance does not run: ${JSON.stringify(instance)}`)
      return instance
    },
    async exited(id) {
      return (await driver.until(id, ({ state }) => state === 'exited')) as Exited
    },
    until: (id, condition) => until(runtime, id, condition),
    async read(id, enough, { after, signal = AbortSignal.timeout(patienceMs) } = {}) {
      const lines: LogLine[] = []
      for await (const line of runtime.logs(id, { signal, ...(after === undefined ? {} : { after }) })) {
        lines.push(line)
        if (enough(lines)) break
      }
      return lines
    },
    texts: async (id, count) => (await driver.read(id, (lines) => lines.length >= count)).map(({ text }) => text),
    async answer(id, path = '/') {
      const { address } = await driver.running(id)
      const response = await waitFor(
        'an answer of the instance',
        () => fetch(`http://${address.host}:${address.port}${path}`).catch(() => undefined), // not listening yet
        patienceMs,
      )
      return response.text()
    },
    reach: async (id, port) => fixture.reach(id, Number(port)),
  }
  return driver
}

export async function until(runtime: Runtime, id: string, condition: (instance: Instance) => boolean): Promise<Instance> {
  for await (const instance of runtime.watch({ signal: AbortSignal.timeout(patienceMs) })) {
    if (instance.id === id && condition(instance)) return instance
  }
  throw new Error(`instance ${id} never came to the expected state`)
}

/** Whether somebody accepts connections there. No answer at all, as of a network that is gone, is none either. */
export function accepts({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 })
    const end = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('timeout', () => end(false))
    socket.once('error', () => end(false))
  })
}
