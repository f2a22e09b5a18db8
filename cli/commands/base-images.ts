import { command } from '../command.ts'

export default command({
  summary: "Make the images that services are built on, on the server's machine",
  details: [
    'For a machine that cannot pull images. They are made of the packages of its Debian or Ubuntu and of its own Node.js, Go and Rust; builds use them',
    'from then on, and make those of other kinds when they first need them. Without KIND: node and python.',
  ].join('\n'),
  arguments: { kind: { description: 'debian, node, python, go, rust, java, maven or gradle', optional: true, rest: true } },
  flags: {
    list: { type: 'boolean', description: 'only show which image each kind uses' },
    public: { type: 'boolean', description: 'use the public images again' },
    verbose: { type: 'boolean', description: 'show what is done' },
  },
  examples: ['micro base-images', 'micro base-images node go', 'micro base-images --list'],
  async run(_ctx, { kind, ...flags }) {
    const { runInCheckout } = await import('../checkout.ts')
    const given = Object.entries(flags).flatMap(([name, set]) => (set ? [`--${name}`] : []))
    process.exit(await runInCheckout('base-images', [...given, '--', ...kind]))
  },
})
