import type { Metadata } from 'next'
import { EnvVarList } from '../../../../components/env-vars/env-var-list.tsx'
import { CredentialList } from '../../../../components/namespace/credential-list.tsx'
import { DeleteNamespace } from '../../../../components/namespace/delete-namespace.tsx'
import { Card, Section } from '../../../../components/ui/card.tsx'
import { Notice } from '../../../../components/ui/notice.tsx'
import { Ago } from '../../../../components/ui/time.tsx'
import { credentialsQuery, envVarsQuery } from '../../../../lib/documents.ts'
import { ApiError } from '../../../../lib/errors.ts'
import { type Credential, type EnvVar, mayAdminister } from '../../../../lib/model.ts'
import { ask, need } from '../../../../lib/server/graphql.ts'
import { loadNamespace } from '../../../../lib/server/load.ts'

export const metadata: Metadata = { title: 'Settings' }

type Props = { params: Promise<{ namespace: string }> }

export default async function SettingsPage({ params }: Props) {
  const { namespace } = await params
  const [{ plan, role, url, createdAt }, credentials, { envVars }] = await Promise.all([
    loadNamespace(namespace),
    loadCredentials(namespace),
    need<{ envVars: EnvVar[] }>(envVarsQuery, { namespace }),
  ])
  return (
    <>
      <h1 className="mb-6 text-lg font-semibold tracking-tight">Settings</h1>
      <Section title="Namespace">
        <Card>
          <dl className="grid grid-cols-[auto_1fr] gap-x-8 gap-y-2 px-4 py-3">
            <dt className="text-muted">Name</dt>
            <dd>{namespace}</dd>
            <dt className="text-muted">Address</dt>
            <dd className="font-mono text-[13px] break-all">{url}</dd>
            <dt className="text-muted">Plan</dt>
            <dd>{plan}</dd>
            <dt className="text-muted">Your role</dt>
            <dd>{role.toLowerCase()}</dd>
            <dt className="text-muted">Created</dt>
            <dd>
              <Ago at={createdAt} />
            </dd>
          </dl>
        </Card>
      </Section>
      <Section title="Environment variables" detail="Given to every service of the namespace; a service's own win over these.">
        <EnvVarList namespace={namespace} role={role} variables={envVars} />
      </Section>
      <Section title="Git credentials" detail="For private repositories: used only while fetching, kept encrypted, never shown again.">
        {credentials ? (
          <CredentialList namespace={namespace} initial={credentials} mayChange={mayAdminister(role)} />
        ) : (
          <Notice title={`The role ${role.toLowerCase()} may not see these.`}>Ask an owner or admin of the namespace.</Notice>
        )}
      </Section>
      {role === 'OWNER' && (
        <Section title="Delete the namespace">
          <DeleteNamespace namespace={namespace} />
        </Section>
      )}
    </>
  )
}

/** Null for whoever may not see them. */
async function loadCredentials(namespace: string): Promise<Credential[] | null> {
  try {
    return (await ask<{ credentials: Credential[] }>(credentialsQuery, { namespace })).credentials
  } catch (error) {
    // NOT_FOUND and UNAUTHENTICATED are dealt with by what loads the namespace itself.
    if (error instanceof ApiError && ['PERMISSION_DENIED', 'NOT_FOUND', 'UNAUTHENTICATED'].includes(error.problem.code)) return null
    throw error
  }
}
