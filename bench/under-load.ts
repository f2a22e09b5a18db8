import { addressOf } from './deploy.ts'
import { type Figure, median } from './figure.ts'
import type { Installation } from './installation.ts'
import { startLoad } from './load.ts'
import { createService } from './service.ts'

const name = 'under-load'
const perSecond = 200

/** Deploys one after the other, of a service that is called all the time. */
export async function measureUnderLoad(installation: Installation, deploys: number): Promise<Figure[]> {
  const service = await createService(installation.scratch, name)
  await installation.micro(['run', service.directory])
  const written = new Set(['0'])
  const load = startLoad(addressOf(installation, name), perSecond, (body) => written.has(body))
  try {
    for (let number = 1; number <= deploys; number++) {
      written.add(String(number))
      await service.write(String(number))
      await installation.micro(['run', service.directory])
    }
  } finally {
    await service.remove()
  }
  const { sent, failed, failures, latenciesMs } = await load.stop()
  for (const [problem, times] of Object.entries(failures)) console.error(`  ${times} × ${problem}`)
  return [
    { name: `failed requests during ${deploys} deploys at ${perSecond} requests/s`, unit: 'requests', goal: 0, samples: [failed] },
    { name: '— requests sent', unit: 'requests', samples: [sent] },
    { name: '— their latency', unit: 'ms', samples: [median(latenciesMs)] },
  ]
}
