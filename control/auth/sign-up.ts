import { z } from 'zod'
import { PlatformError } from '../../lib/errors.ts'
import { newId } from '../../lib/ids.ts'
import { NamespaceName } from '../../lib/names.ts'
import type { Tx } from '../../prisma/client.ts'
import type { ControlContext, Transaction } from '../context.ts'
import { insertNamespace } from '../namespaces/create.ts'
import { anyone, transaction, verb } from '../verb.ts'
import { hashPassword, Password } from './password.ts'
import { beginSession, type Login } from './session.ts'

const Email = z.string().trim().toLowerCase().pipe(z.email('That is not an e-mail address.').max(254))
/** What the platform calls itself in audit entries and as a creator, and the operator's own account. */
const reservedUsernames = new Set(['admin', 'micro', 'system', 'router', 'anonymous', 'root'])

/** Kept in lower case: two that differ in case only are the same. */
export const Username = z
  .string()
  .toLowerCase()
  .regex(
    /^[a-z0-9](?:[a-z0-9]|[-_.](?=[a-z0-9])){0,38}$/,
    'A user name is letters, digits, and single . _ or - between them, at most 39 characters.',
  )
  .refine((username) => !reservedUsernames.has(username), 'This user name is reserved for the platform; choose another.')

const Input = z.object({
  email: Email,
  username: Username.optional(),
  password: Password,
  namespace: NamespaceName.optional(),
  kind: z.enum(['BROWSER', 'CLI']).default('CLI'),
})

export const signUp = verb({
  name: 'auth.signUp',
  access: anyone,
  input: Input,
  async run({ ctx, input }) {
    const passwordHash = await hashPassword(input.password)
    return transaction(ctx, 'auth.signUp', (change) => createAccount(ctx, change, input, passwordHash))
  },
})

async function createAccount(
  ctx: ControlContext,
  change: Transaction,
  input: z.output<typeof Input>,
  passwordHash: string,
): Promise<Login> {
  const { tx } = change
  // One at a time, so that of two who want the same name one is told that it is taken.
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(7002)`
  if (await tx.user.findUnique({ where: { email: input.email } }))
    throw new PlatformError('already_exists', 'There is an account with this e-mail address already.', {
      reason: 'EMAIL_TAKEN',
      field: 'email',
      hint: 'Log in instead: `micro login`.',
    })
  if (input.username && (await tx.user.findUnique({ where: { username: input.username } })))
    throw new PlatformError('already_exists', `The user name ${input.username} is taken.`, { reason: 'USERNAME_TAKEN', field: 'username' })
  const username = input.username ?? (await freeUsername(tx, input.email))
  const user = await tx.user.create({ data: { id: newId('usr'), email: input.email, username, passwordHash } })
  const namespace = await insertNamespace(change, user.id, input.namespace)
  const login = await beginSession(ctx, tx, user.id, input.kind)
  const actor = { id: user.id, name: username }
  await change.audit({
    action: 'auth.signUp',
    target: username,
    namespaceId: namespace.id,
    actor,
    after: { email: user.email, namespace: namespace.name },
  })
  return login
}

async function freeUsername(tx: Tx, email: string): Promise<string> {
  const base =
    (email.split('@')[0] ?? '')
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 30)
      .replace(/-$/, '') || 'user'
  for (let number = 1; ; number++) {
    const username = number === 1 ? base : `${base}-${number}`
    if (!reservedUsernames.has(username) && !(await tx.user.findUnique({ where: { username } }))) return username
  }
}
