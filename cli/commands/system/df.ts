import { command } from '../../command.ts'
import { sweep } from '../../sweep.ts'

export default command({
  summary: 'Show what the platform keeps on disk, and what could be freed (operator)',
  flags: { keepReleases: { type: 'integer', value: 'N', description: 'releases of each service to keep beside the live one; default 10' } },
  examples: ['micro system df'],
  async run(ctx, { keepReleases }) {
    await sweep(ctx, { dryRun: true, caches: false, keepReleases })
  },
})
