import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { requirePort } from '../processes/ports.ts'
import { answered } from './http.ts'
import { environment } from './installation.ts'

/** The same program run by hand, with no platform: what any deployment has to do at the least. */
export type Bare = {
  /** Milliseconds from "stop it" until the new code's first answer. */
  redeploy(directory: string, version: string): Promise<number>
  stop(): Promise<void>
}

export async function startBare(directory: string, version: string): Promise<Bare> {
  const port = await requirePort('127.0.0.1', 0)
  const start = (cwd: string) =>
    spawn(process.execPath, ['src/index.ts'], { cwd, env: environment({ PORT: String(port) }), stdio: 'ignore' })
  let child = start(directory)
  await answered({ port }, version)
  return {
    async redeploy(cwd, wanted) {
      const since = performance.now()
      await end(child)
      child = start(cwd)
      return (await answered({ port }, wanted)) - since
    },
    stop: () => end(child),
  }
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
