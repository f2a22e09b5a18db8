import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../processes/prepare.ts'
import { type Figure, least, median } from './figure.ts'

const document = join(checkout, 'docs/performance.md')
const results = join(checkout, 'bench/results')

/** What the machine was doing otherwise tells how far to trust the times. */
export type Conditions = { date: string; machine: string; busyBefore: string }

export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const met = figure.goal === undefined ? '' : median(figure.samples) <= figure.goal ? 'yes' : '**no**'
    const goal = figure.goal === undefined ? '' : `≤ ${shown(figure.goal)} ${figure.unit}`
    const several = figure.samples.length > 1
    return `| ${figure.name} | ${shown(median(figure.samples))} ${figure.unit} | ${several ? shown(least(figure.samples)) : ''} | ${several ? figure.samples.length : ''} | ${goal} | ${met} |`
  })
  return ['| figure | median | least | of | goal | met |', '|---|---|---|---|---|---|', ...rows].join('\n')
}

/** Puts the table between the marks of its own in docs/performance.md, and every sample into a file beside the benches. */
export async function publish(name: string, figures: readonly Figure[], { date, machine, busyBefore }: Conditions): Promise<void> {
  const [begin, end] = [`<!-- ${name}: made by \`npm run bench\`; do not edit -->`, `<!-- end of ${name} -->`]
  await mkdir(results, { recursive: true })
  await writeFile(join(results, `${name}.json`), `${JSON.stringify({ date, machine, busyBefore, figures }, null, 2)}\n`)
  const text = await readFile(document, 'utf8')
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`docs/performance.md has no place for the figures of ${name}.`)
  const table = `Measured ${date} on ${machine}; load average before: ${busyBefore}.\n\n${markdownTable(figures)}`
  await writeFile(document, `${before}${begin}\n\n${table}\n\n${end}${after}`)
}

function shown(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return value.toFixed(value < 100 ? 1 : 0)
}
