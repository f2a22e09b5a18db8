import { command } from '../../command.ts'

export default command({
  summary: 'Delete the credential of a git host',
  arguments: { host: { description: 'the host, as `micro credential list` shows it', names: 'host' } },
  examples: ['micro credential delete github.com'],
  async run(ctx, { host }) {
    const [api, namespace] = await Promise.all([ctx.api(), ctx.namespace()])
    await api.credential.deleteCredential({ namespace, host })
    ctx.out.data({ deleted: host }, () => ctx.out.line(`Deleted the credential for ${host}.`))
  },
})
