import { z } from 'zod'
import { change, member } from '../verb.ts'

/** host or host:port, as it stands in a URL. */
export const GitHost = z
  .string()
  .toLowerCase()
  .max(260)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/, 'A git host looks like github.com or git.example.com:8443.')

/** Write-only: no verb gives a secret back. */
export const setCredential = change({
  name: 'credentials.set',
  access: member('ADMIN'),
  input: z.object({
    namespace: z.string(),
    host: GitHost,
    username: z
      .string()
      .min(1)
      .max(200)
      .regex(/^[^:\p{Cc}]+$/u, 'A user name has no colon.')
      .default('x-access-token'),
    secret: z
      .string()
      .min(1, 'A secret is needed.')
      .max(4096)
      .regex(/^\P{Cc}+$/u, 'A secret is one line of text.'),
  }),
  async run({ ctx, input, change }) {
    const key = { namespaceId: ctx.namespace.id, host: input.host }
    const sealedSecret = ctx.platform.sealer.seal(credentialPurpose(key), input.secret)
    const data = { username: input.username, sealedSecret }
    const { sealedSecret: _, ...credential } = await change.tx.credential.upsert({
      where: { namespaceId_host: key },
      create: { ...key, ...data },
      update: data,
    })
    await change.audit({ action: 'credentials.set', target: input.host, after: { username: input.username } })
    return credential
  },
})

export const credentialPurpose = ({ namespaceId, host }: { namespaceId: string; host: string }): string =>
  `credential:${namespaceId}:${host}`
