import { command } from '../command.ts'

export default command({
  summary: 'Make a new service from a template',
  details: 'It goes into a directory of its name, builds, runs, answers and has a passing test as it is.',
  arguments: { name: { description: 'the name of the service' } },
  flags: {
    lang: { type: 'string', choices: ['typescript', 'python', 'go'], description: 'its language; default: typescript' },
    template: { type: 'string', choices: ['rpc', 'http'], description: 'what it speaks; default: rpc' },
  },
  examples: ['micro new helloworld', 'micro new shop --lang go --template http'],
  async run({ out }, { name, lang = 'typescript', template = 'rpc' }) {
    const [{ generateService }, { writeService }, { fileTree, nextSteps }] = await Promise.all([
      import('../new/generate.ts'),
      import('../new/write.ts'),
      import('../new/show.ts'),
    ])
    const files = generateService({ name, lang, template })
    await writeService(name, files)
    const steps = nextSteps(name, lang, template)
    out.data({ name, lang, template, files: files.map(({ path }) => path), next: steps }, () => {
      out.line(`${name}/`)
      out.line(fileTree(files))
      out.line('\nNext:')
      for (const step of steps) out.line(`  ${step}`)
    })
  },
})
