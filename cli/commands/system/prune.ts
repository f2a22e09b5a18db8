import { command } from '../../command.ts'
import { sweep } from '../../sweep.ts'

export default command({
  summary: 'Remove what neither a kept release nor a deployment under way needs (operator)',
  details: 'Live releases, running instances and the newest releases of each service stay. An older release can be rolled back to no more.',
  flags: {
    caches: { type: 'boolean', description: 'build caches too: the next builds install everything again' },
    keepReleases: { type: 'integer', value: 'N', description: 'releases of each service to keep beside the live one; default 10' },
  },
  examples: ['micro system prune', 'micro system prune --caches --keep-releases 2'],
  async run(ctx, { caches, keepReleases }) {
    await sweep(ctx, { dryRun: false, caches, keepReleases })
  },
})
