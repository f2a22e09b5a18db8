import { ServiceVariables } from '../../../../components/service/service-variables.tsx'
import { envVarsQuery } from '../../../../lib/documents.ts'
import type { EnvVar } from '../../../../lib/model.ts'
import { need } from '../../../../lib/server/graphql.ts'

type Props = { params: Promise<{ namespace: string; service: string }> }

export default async function VariablesPage({ params }: Props) {
  const { namespace, service } = await params
  const { envVars } = await need<{ envVars: EnvVar[] }>(envVarsQuery, { namespace, service })
  return <ServiceVariables variables={envVars} />
}
