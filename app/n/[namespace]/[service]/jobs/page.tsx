import { Jobs } from '../../../../components/jobs/jobs.tsx'
import { cronQuery, runsQuery } from '../../../../lib/documents.ts'
import { type CronEntry, mayDeploy, type Run } from '../../../../lib/model.ts'
import { need } from '../../../../lib/server/graphql.ts'
import { loadNamespace } from '../../../../lib/server/load.ts'

type Props = { params: Promise<{ namespace: string; service: string }> }

export default async function JobsPage({ params }: Props) {
  const { namespace, service } = await params
  const [{ role }, { entries }] = await Promise.all([
    loadNamespace(namespace),
    need<{ entries: CronEntry[] }>(cronQuery, { namespace, service }),
  ])
  const { runs } = mayDeploy(role) ? await need<{ runs: Run[] }>(runsQuery, { namespace, service }) : { runs: [] }
  return <Jobs runs={runs} entries={entries} />
}
