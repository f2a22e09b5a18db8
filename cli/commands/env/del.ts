import { command } from '../../command.ts'

export default command({
  summary: 'Delete an environment that was added',
  arguments: { name: { description: 'the name of an environment', names: 'environment' } },
  examples: ['micro env del staging'],
  async run({ out, config }, { name }) {
    await config.remove(name)
    out.data({ deleted: name }, () => out.line(`Deleted ${name}.`))
  },
})
