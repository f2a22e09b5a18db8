import { redirect } from 'next/navigation'
import { cache } from 'react'
import { installationQuery, meQuery } from '../documents.ts'
import type { Installation, Me } from '../model.ts'
import { ask, path } from './graphql.ts'

/** The user who asks for the page; null when nobody is logged in. Asked once a request. */
export const currentUser = cache(async (): Promise<Me | null> => (await ask<{ me: Me | null }>(meQuery)).me)

/** As currentUser; leads to log-in and back when nobody is logged in. */
export async function requireUser(): Promise<Me> {
  const user = await currentUser()
  if (!user) redirect(`/login?next=${encodeURIComponent(await path())}`)
  return user
}

export const installation = cache(
  async (): Promise<Installation> => (await ask<{ installation: Installation }>(installationQuery)).installation,
)
