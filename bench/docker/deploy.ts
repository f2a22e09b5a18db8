import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addressOf } from '../deploy.ts'
import { type Figure, median } from '../figure.ts'
import { answered } from '../http.ts'
import type { Installation } from '../installation.ts'
import { createService, type Service } from '../service.ts'
import { startByHand } from './by-hand.ts'

const name = 'hello-http'
/** Small, without dependencies of their own, one more each time. */
const packages = ['is-number@7.0.0', 'ms@2.1.3', 'kind-of@6.0.3', 'isarray@2.0.5', 'once@1.3.3', 'inherits@2.0.4', 'wrappy@1.0.2']

/** The same change deployed by the command, by `micro run --watch`, and by hand, in turn; then a new dependency, and going back. */
export async function measureDockerDeploys(installation: Installation, rounds: number): Promise<Figure[]> {
  const directory = installation.scratch
  const service = await createService(directory, name)
  const watched = await createService(join(directory, 'watched'), 'watched')
  const alone = await createService(join(directory, 'alone'), name)
  await installation.micro(['run', service.directory])
  const watch = await installation.start(['run', watched.directory, '--name', 'watched', '--watch'])
  await answered(addressOf(installation, 'watched'), '0')
  const byHand = await startByHand(alone.directory, installation.nodeImage)
  await byHand.redeploy('0')
  const samples = { command: [] as number[], watch: [] as number[], byHand: [] as number[], rollback: [] as number[] }
  const dependency = { micro: [] as number[], byHand: [] as number[] }
  try {
    for (let round = 1; round <= rounds; round++) {
      samples.command.push(await byCommand(installation, service, `command ${round}`))
      samples.watch.push(await bySaving(installation, watched, `watch ${round}`))
      await alone.write(`by hand ${round}`)
      samples.byHand.push(await byHand.redeploy(`by hand ${round}`))
      // The release before the one just deployed is warm.
      if (round > 1) samples.rollback.push(await goBack(installation, `command ${round - 1}`))
      if (round > 1) await goBack(installation, `command ${round}`)
    }
    for (const [round, dependencyName] of packages.slice(0, Math.max(2, Math.min(packages.length, rounds))).entries()) {
      await addDependency(service.directory, dependencyName)
      dependency.micro.push(await byCommand(installation, service, `dependency ${round}`))
      await addDependency(alone.directory, dependencyName)
      await alone.write(`dependency ${round}`)
      dependency.byHand.push(await byHand.redeploy(`dependency ${round}`))
    }
  } finally {
    await end(watch)
    await byHand.stop()
    await Promise.all([service.remove(), watched.remove(), alone.remove()])
  }
  const ratio = (own: readonly number[], other: readonly number[]) => own.map((sample, index) => sample / (other[index] ?? Number.NaN))
  return [
    {
      name: 'containers, one file changed: saved under `micro run --watch` → first answer of the new code',
      unit: 'ms',
      samples: samples.watch,
    },
    { name: '— `micro run` typed → first answer', unit: 'ms', samples: samples.command },
    { name: '— by hand: `docker build` + `docker run -p` → first answer', unit: 'ms', samples: samples.byHand },
    { name: '— ratio saved / by hand, pair by pair', unit: '×', goal: 0.6, samples: ratio(samples.watch, samples.byHand) },
    { name: '— ratio typed / by hand, pair by pair', unit: '×', samples: ratio(samples.command, samples.byHand) },
    { name: 'containers, a new npm package: `micro run` typed → first answer', unit: 'ms', samples: dependency.micro },
    { name: '— by hand', unit: 'ms', samples: dependency.byHand },
    { name: '— ratio of the medians', unit: '×', goal: 1.1, samples: [median(dependency.micro) / median(dependency.byHand)] },
    { name: 'warm rollback: `micro rollback` typed → first answer', unit: 'ms', goal: 300, samples: samples.rollback },
  ]
}

async function byCommand(installation: Installation, service: Service, version: string): Promise<number> {
  await service.write(version)
  const since = performance.now()
  const [answer] = await Promise.all([answered(addressOf(installation), version), installation.micro(['run', service.directory])])
  return answer - since
}

async function bySaving(installation: Installation, service: Service, version: string): Promise<number> {
  const since = performance.now()
  await service.write(version)
  return (await answered(addressOf(installation, 'watched'), version)) - since
}

async function goBack(installation: Installation, version: string): Promise<number> {
  const since = performance.now()
  const [answer] = await Promise.all([answered(addressOf(installation), version), installation.micro(['rollback', name])])
  return answer - since
}

async function addDependency(directory: string, dependency: string): Promise<void> {
  const path = join(directory, 'package.json')
  const json = JSON.parse(await readFile(path, 'utf8'))
  const [key = '', value = ''] = dependency.split('@')
  // So that no layer of an earlier run is found again.
  json.description = `${process.pid} ${performance.timeOrigin}`
  json.dependencies = { ...json.dependencies, [key]: value }
  await writeFile(path, `${JSON.stringify(json, null, 2)}\n`)
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  await exited
}
