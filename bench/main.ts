import { readFile } from 'node:fs/promises'
import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { provideTools } from '../scripts/test-tools.ts'
import { measureConsole } from './console.ts'
import { measureDeploys } from './deploy.ts'
import { dockerBenches } from './docker/main.ts'
import type { Figure } from './figure.ts'
import { type Installation, startInstallation } from './installation.ts'
import { measureMemory } from './memory.ts'
import { markdownTable, publish } from './report.ts'
import { measureStarts } from './start.ts'
import { measureUnderLoad } from './under-load.ts'

/**
 * `npm run bench [-- NAME …] [--quick]`: measures the figures that docs/performance.md states, all or those named, and writes what was measured
 * at full length there.
 */
const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } })
const count = (full: number, quick: number): number => (values.quick ? quick : full)

type Bench = () => Promise<Figure[]>
const benches: Record<string, Bench> = {
  start: () => measureStarts(count(3, 1)),
  // The one of all that needs an installation without services.
  memory: () => installed(measureMemory),
  deploy: () => installed((installation) => measureDeploys(installation, count(21, 5))),
  load: () => installed((installation) => measureUnderLoad(installation, count(50, 10))),
  console: () => installed(measureConsole),
  ...dockerBenches(count),
}

const names = Object.keys(benches)
const unknown = positionals.find((name) => !names.includes(name))
if (unknown !== undefined) throw new Error(`There is no figure named ${unknown}; there are ${names.join(', ')}.`)

const { chromium } = await provideTools()
if (chromium !== undefined) throw new Error(`The console cannot be measured: ${chromium}`)

for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  console.error(`Measuring ${name} …`)
  const busyBefore = loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')
  const figures = await bench()
  console.log(markdownTable(figures))
  // At once: what was measured for minutes is not lost with what comes after it.
  if (!values.quick) await publish(name, figures, { date: new Date().toISOString().slice(0, 10), machine: await machine(), busyBefore })
}

async function installed(measure: (installation: Installation) => Promise<Figure[]>): Promise<Figure[]> {
  const installation = await startInstallation()
  try {
    return await measure(installation)
  } finally {
    await installation.stop()
  }
}

async function machine(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '') // no Linux distribution of the usual kind
  const system = /^PRETTY_NAME="(.*)"/m.exec(release)?.[1] ?? process.platform
  return `${availableParallelism()} shared cores, ${system}, Node.js ${process.version}`
}
