import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { toolEnvironment } from '../config/environment.ts'
import { exec } from '../lib/exec.ts'
import { checkout } from '../processes/prepare.ts'
import type { Figure } from './figure.ts'
import { scratchDirectory, startServer } from './installation.ts'

/**
 * `npm start` in a fresh clone of what is committed, with fresh data, until the ready screen; then again. The npm cache is that of whoever
 * measures: of several rounds all but the first surely find it warm.
 */
export async function measureStarts(rounds: number, restarts = 3): Promise<Figure[]> {
  const first: number[] = []
  const second: number[] = []
  for (let round = 0; round < rounds; round++) {
    const directory = await scratchDirectory()
    const clone = join(directory, 'micro')
    await cloned(clone)
    const start = async () => {
      const server = await startServer(clone, ['npm', 'start'], { data: join(directory, 'data') })
      await server.stop()
      return server.readyMs / 1000
    }
    first.push(await start())
    for (let restart = 0; restart < restarts; restart++) second.push(await start())
    await rm(directory, { recursive: true, force: true })
  }
  return [
    { name: '`npm start` in a fresh clone, warm npm cache → ready', unit: 's', goal: 60, samples: first },
    { name: 'second `npm start` → ready', unit: 's', goal: 3, samples: second },
  ]
}

async function cloned(target: string): Promise<void> {
  const { code, stderr } = await exec(['git', 'clone', '--quiet', checkout, target], { env: toolEnvironment() })
  if (code !== 0) throw new Error(`git clone failed:\n${stderr}`)
}
