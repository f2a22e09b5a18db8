import { notFound } from 'next/navigation'
import { JobDetail } from '../../../../../components/jobs/job-detail.tsx'
import { runQuery } from '../../../../../lib/documents.ts'
import type { Run } from '../../../../../lib/model.ts'
import { need } from '../../../../../lib/server/graphql.ts'

type Props = { params: Promise<{ namespace: string; service: string; id: string }> }

export default async function JobPage({ params }: Props) {
  const { namespace, service, id } = await params
  const { run } = await need<{ run: Run }>(runQuery, { namespace, id })
  if (run.service !== service) notFound()
  return <JobDetail key={id} initial={run} />
}
