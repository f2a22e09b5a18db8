import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, inject, test } from 'vitest'
import type { EngineAnswer } from './docker-engine.ts'
import { findDockerd } from './dockerd.ts'

/** Tests on a real Docker engine. Where there is none they are skipped, saying why; in CI that is a failure. */
export async function describeWithDocker(name: string, tests: (engine: { socket: string }) => void): Promise<void> {
  const engine = await askForEngine()
  if ('error' in engine) leaveOut(name, engine.error)
  else describe(name, () => tests(engine))
}

/** Tests that start engines of their own: `dockerd` is the program. */
export function describeWithDockerd(name: string, tests: (dockerd: string) => void): void {
  const found = findDockerd()
  if ('error' in found) leaveOut(name, found.error)
  else describe(name, () => tests(found.path))
}

const askForEngine = async (): Promise<EngineAnswer> => JSON.parse(await text(connect(inject('testDockerSocket'))))

export function leaveOut(name: string, why: string): void {
  if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(`It was left out: ${why}`)
    })
  } else {
    console.warn(`${name}: left out, since ${why}`)
    test.skip(`${name}: ${why}`, () => undefined)
  }
}
