import { exec } from '../lib/exec.ts'
import { generation } from '../processes/prepare/steps.ts'
import { prepare } from '../processes/prepare.ts'
import { createProgress } from '../processes/progress.ts'

/** `npm run verify`: everything that can be said about the code without running it, in seconds. */
type Check = { title: string; argv: readonly string[] }

const node = (...args: string[]) => [process.execPath, '--disable-warning=ExperimentalWarning', ...args]

const checks: readonly Check[] = [
  { title: 'Format and lint', argv: node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.') },
  { title: 'Types', argv: node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.') },
  { title: 'Boundaries', argv: node('scripts/boundaries.ts') },
  { title: 'Protos', argv: node('node_modules/@bufbuild/buf/bin/buf', 'lint') },
  { title: 'References of the documents', argv: node('scripts/docs-references.ts') },
  { title: 'GraphQL schema', argv: node('scripts/print-schema.ts', '--check') },
  { title: 'Configuration document', argv: node('scripts/docs-configuration.ts', '--check') },
  { title: 'Command document', argv: node('scripts/docs-cli.ts', '--check') },
]

const progress = createProgress(process.stdout)
await prepare(generation, progress)
const results = await Promise.all(checks.map(run))
progress.end()
for (const { title, output } of results.filter(({ ok }) => !ok)) console.error(`\n── ${title}\n${output}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1

async function run({ title, argv }: Check): Promise<{ title: string; ok: boolean; output: string }> {
  let output = ''
  const work = async () => {
    const result = await exec(argv, { env: environment() })
    output = `${result.stdout}${result.stderr}`.trim()
    if (result.code !== 0) throw new Error(title)
  }
  const ok = await progress.stage(title, work).then(
    () => true,
    () => false, // shown by the progress; the output follows below it
  )
  return { title, ok, output }
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
