import { command } from '../../command.ts'
import type { Environment } from '../../environments.ts'

export default command({
  summary: 'List the environments, or choose one',
  details: 'An environment is an installation of the platform that the CLI talks to.',
  examples: ['micro env', 'micro env set local', 'micro env add staging micro.example.com'],
  async run({ out, config }) {
    const [environments, current] = await Promise.all([config.list(), config.currentName()])
    const rows = environments.map((environment) => ({ ...environment, current: environment.name === current }))
    out.data(rows, () => {
      for (const row of alignedRows(rows)) out.line(row)
    })
  },
})

function alignedRows(environments: (Environment & { current: boolean })[]): string[] {
  const width = (of: (environment: Environment) => string) => Math.max(...environments.map((environment) => of(environment).length))
  const [names, addresses] = [width(({ name }) => name), width(({ address }) => address)]
  return environments.map(({ current, name, address, description }) =>
    `${current ? '*' : ' '} ${name.padEnd(names)}  ${address.padEnd(addresses)}  ${description}`.trimEnd(),
  )
}
