import { join } from 'node:path'
import { startBare } from './bare.ts'
import { type Figure, median, transpose } from './figure.ts'
import { answered } from './http.ts'
import type { Installation } from './installation.ts'
import { createService, type Service } from './service.ts'
import { readTrace, type Stages, stageNames, stagesOf, timestampsOf, traceProgram } from './stages.ts'

const name = 'hello-http'

/** One file changed → deployed → answered, beside the same without a platform, and a run with nothing changed: in turn, so that all meet the same noise. */
export async function measureDeploys(installation: Installation, rounds: number): Promise<Figure[]> {
  const directory = installation.scratch
  const service = await createService(directory, name)
  const alone = await createService(join(directory, 'alone'), name)
  await installation.micro(['run', service.directory])
  const bare = await startBare(alone.directory, '0')
  const deploys: number[] = []
  const commands: number[] = []
  const unchanged: number[] = []
  const stops: number[] = []
  const stages: Stages[] = []
  let releases = await releasesOf(installation)
  let released = 0
  try {
    for (let round = 1; round <= rounds; round++) {
      const { answerMs, commandMs } = await deploy(installation, service, `untraced ${round}`)
      deploys.push(answerMs)
      commands.push(commandMs)
      stages.push(await deployTraced(installation, service, `traced ${round}`, join(directory, 'trace.json')))
      releases += 2
      const since = performance.now()
      await installation.micro(['run', service.directory])
      unchanged.push(performance.now() - since)
      released += (await releasesOf(installation)) - releases
      await alone.write(String(round))
      stops.push(await bare.redeploy(alone.directory, String(round)))
    }
  } finally {
    await bare.stop()
    await service.remove()
    await alone.remove()
  }
  const byStage = transpose(stages, stageNames)
  return [
    { name: 'one file changed: `micro run` typed → first answer of the new code', unit: 'ms', goal: 500, samples: deploys },
    ...stageNames.map((stage) => ({ name: `— ${stage}`, unit: 'ms' as const, samples: byStage[stage] })),
    { name: '— `micro run` typed → ended', unit: 'ms', samples: commands },
    { name: '— the same program without a platform: stop + start + first answer', unit: 'ms', samples: stops },
    { name: '— ratio of the two', unit: '×', samples: [median(deploys) / median(stops)] },
    { name: 'nothing changed: `micro run` typed → ended', unit: 'ms', goal: 200, samples: unchanged },
    { name: '— releases made by that', unit: 'releases', goal: 0, samples: [released] },
  ]
}

async function deploy(installation: Installation, service: Service, version: string): Promise<{ answerMs: number; commandMs: number }> {
  await service.write(version)
  const since = performance.now()
  const ended = installation.micro(['run', service.directory]).then(() => performance.now())
  const [answer, end] = await Promise.all([answered(addressOf(installation), version), ended])
  return { answerMs: answer - since, commandMs: end - since }
}

async function deployTraced(installation: Installation, service: Service, version: string, file: string): Promise<Stages> {
  await service.write(version)
  const typed = performance.timeOrigin + performance.now()
  const env = { NODE_OPTIONS: `--import ${traceProgram}`, MICRO_BENCH_TRACE: file }
  const [answer] = await Promise.all([answered(addressOf(installation), version), installation.micro(['run', service.directory], env)])
  const [trace, timestamps] = await Promise.all([readTrace(file), timestampsOf(installation.data, name)])
  return stagesOf(typed, trace, timestamps, performance.timeOrigin + answer)
}

export const addressOf = ({ port, namespace }: Installation, service = name) => ({
  port,
  host: `${namespace}.localhost:${port}`,
  path: `/${service}`,
})

async function releasesOf(installation: Installation): Promise<number> {
  // The list has an end; numbers have not.
  return JSON.parse(await installation.micro(['releases', name, '--limit', '1', '--json']))[0].version
}
