import { command } from '../../command.ts'
import { originOf, parseAddress } from '../../environments.ts'
import { usageError } from '../../parse.ts'

export default command({
  summary: 'Add an environment, or give one another address',
  details: 'Connections use TLS unless the address is a loopback one or starts with http://.',
  arguments: {
    name: { description: 'a name for it' },
    address: { description: 'host, host:port, or the URL of the server' },
  },
  flags: { description: { type: 'string', value: 'TEXT', description: 'what it is, for the list' } },
  examples: ['micro env add staging micro.example.com', 'micro env add lab 127.0.0.1:9090 --description "second server"'],
  async run({ out, config }, { name, address, description }) {
    if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
      throw usageError(`"${name}" can't be the name of an environment.`, 'Use lower-case letters, digits and hyphens.')
    }
    const environment = { name, ...parseAddress(address), description: description ?? '', builtIn: false }
    await config.add(environment)
    out.data(environment, () => out.line(`Added ${name} (${originOf(environment)}). Use it with \`micro env set ${name}\`.`))
  },
})
