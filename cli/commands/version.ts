import { command } from '../command.ts'
import { cliVersion } from '../version.ts'

export default command({
  summary: 'Print the version of the CLI',
  examples: ['micro version'],
  async run({ out }) {
    const version = await cliVersion()
    out.data({ version, node: process.versions.node }, () => out.line(`micro ${version}`))
  },
})
