import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { answers, type Dockerd, findDockerd, startDockerd } from './dockerd.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    testDockerSocket: string
  }
}

export type EngineAnswer = { socket: string } | { error: string }

const machineSocket = '/var/run/docker.sock'

/** Vitest's global set-up: answers, on a Unix socket, where a Docker engine is. The machine's own is used; where none answers, one is started, and stopped at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'micro-test-docker-'))
  let starting: Promise<Dockerd | undefined> | undefined
  const server = createServer((socket) => {
    starting ??= provideEngine(join(directory, 'log'))
    const tell = (answer: EngineAnswer) => socket.end(JSON.stringify(answer))
    starting.then(
      () => tell({ socket: machineSocket }),
      (error) => tell({ error: error instanceof Error ? error.message : String(error) }),
    )
  })
  const socket = join(directory, 'ask.sock')
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, resolve)
  })
  project.provide('testDockerSocket', socket)

  return async () => {
    server.close()
    const started = await starting?.catch(() => undefined) // told to whoever asked
    await started?.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

/** @returns the engine that was started for this run, if one was */
async function provideEngine(log: string): Promise<Dockerd | undefined> {
  if (await answers(machineSocket)) return undefined
  const found = findDockerd()
  if ('error' in found) throw new Error(`no Docker engine answers at ${machineSocket}, and ${found.error}`)
  return startDockerd(found.path, ['--host', `unix://${machineSocket}`], { socket: machineSocket, log })
}
