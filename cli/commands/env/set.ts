import { command } from '../../command.ts'
import { originOf } from '../../environments.ts'

export default command({
  summary: 'Choose the environment that commands talk to',
  arguments: { name: { description: 'the name of an environment, such as local', names: 'environment' } },
  examples: ['micro env set local'],
  async run({ out, config }, { name }) {
    const environment = await config.use(name)
    out.data(environment, () => out.line(`Now using ${environment.name} (${originOf(environment)}).`))
  },
})
