import { command } from '../command.ts'
import { exportSettings } from '../config.ts'

export default command({
  summary: 'Start the platform on this machine',
  details: 'Everything in one: console, API, worker, router and database. Ctrl-C stops it.',
  flags: {
    only: { type: 'string', choices: ['router', 'console', 'control', 'worker'], description: 'start one part alone' },
    host: { type: 'string', value: 'ADDRESS', description: 'where to listen; default: loopback' },
    port: { type: 'string', value: 'PORT', description: 'the port; default: 8080' },
    data: { type: 'string', value: 'DIR', description: 'where data lives' },
  },
  examples: ['micro server', 'micro server --port 9090'],
  async run(_ctx, { only, host, port, data }) {
    exportSettings({ MICRO_HOST: host, MICRO_PORT: port, MICRO_DATA: data })
    const { runInCheckout } = await import('../checkout.ts')
    // It has stopped all that it started; what it left open in this process must not keep it.
    process.exit(await runInCheckout('server', only === undefined ? [] : ['--only', only]))
  },
})
