import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { NamespaceName } from '../../lib/names.ts'
import type { Tx } from '../../prisma/client.ts'
import { insertNamespace } from '../namespaces/create.ts'
import { anyone, change } from '../verb.ts'
import { hashPassword, Password } from './password.ts'
import { beginSession } from './session.ts'

const Email = z.string().trim().toLowerCase().pipe(z.email('That is not an e-mail address.').max(254))
export const Username = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9]|[-_.](?=[a-z0-9])){0,38}$/i,
    'A user name is letters, digits, and single . _ or - between them, at most 39 characters.',
  )

export const signUp = change({
  name: 'auth.signUp',
  access: anyone,
  input: z.object({
    email: Email,
    username: Username.optional(),
    password: Password,
    namespace: NamespaceName.optional(),
    kind: z.enum(['BROWSER', 'CLI']).default('CLI'),
  }),
  async run({ ctx, input, change }) {
    const { tx } = change
    if (await tx.user.findUnique({ where: { email: input.email } }))
      throw new PlatformError('already_exists', 'There is an account with this e-mail address already.', {
        reason: 'EMAIL_TAKEN',
        field: 'email',
        hint: 'Log in instead: `micro login`.',
      })
    if (input.username && (await tx.user.findFirst({ where: { username: { equals: input.username, mode: 'insensitive' } } })))
      throw new PlatformError('already_exists', `The user name ${input.username} is taken.`, {
        reason: 'USERNAME_TAKEN',
        field: 'username',
      })
    const user = await tx.user.create({
      data: {
        id: newId('usr'),
        email: input.email,
        username: input.username ?? (await freeUsername(tx, input.email)),
        passwordHash: await hashPassword(input.password),
      },
    })
    const namespace = await insertNamespace(change, user.id, input.namespace)
    const login = await beginSession(ctx, tx, user.id, input.kind)
    const actor = { id: user.id, name: user.username }
    await change.audit({
      action: 'auth.signUp',
      target: user.username,
      namespaceId: namespace.id,
      actor,
      after: { email: user.email, namespace: namespace.name },
    })
    return login
  },
})

async function freeUsername(tx: Tx, email: string): Promise<string> {
  const base =
    (email.split('@')[0] ?? 'user')
      .replaceAll(/[^a-z0-9]+/gi, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 30)
      .toLowerCase() || 'user'
  for (let number = 1; ; number++) {
    const username = number === 1 ? base : `${base}-${number}`
    if (!(await tx.user.findFirst({ where: { username: { equals: username, mode: 'insensitive' } } }))) return username
  }
}
