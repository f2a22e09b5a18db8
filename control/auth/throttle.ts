import { PlatformError } from '../../lib/errors.ts'
import type { ControlContext } from '../context.ts'

const windowMs = 15 * 60_000
const limits = { account: 10, address: 100 }

/** @throws PlatformError `resource_exhausted` after too many failed log-ins of this account or address within 15 minutes */
export async function checkThrottle(ctx: ControlContext, login: string): Promise<void> {
  const since = new Date(ctx.clock.now().getTime() - windowMs)
  const rows = await ctx.db.loginThrottle.findMany({ where: { key: { in: keysOf(ctx, login) }, windowStart: { gt: since } } })
  const full = rows.find(({ key, failures }) => failures >= (key.startsWith('account:') ? limits.account : limits.address))
  if (!full) return
  const minutes = Math.ceil((full.windowStart.getTime() + windowMs - ctx.clock.now().getTime()) / 60_000)
  throw new PlatformError('resource_exhausted', `Too many failed log-ins. Try again in ${minutes} minutes.`, { reason: 'LOGIN_THROTTLED' })
}

export async function countFailure(ctx: ControlContext, login: string): Promise<void> {
  const now = ctx.clock.now()
  const since = new Date(now.getTime() - windowMs)
  for (const key of keysOf(ctx, login)) {
    await ctx.db.$executeRaw`
      INSERT INTO "LoginThrottle" ("key", "failures", "windowStart") VALUES (${key}, 1, ${now})
      ON CONFLICT ("key") DO UPDATE SET
        "failures" = CASE WHEN "LoginThrottle"."windowStart" > ${since} THEN "LoginThrottle"."failures" + 1 ELSE 1 END,
        "windowStart" = CASE WHEN "LoginThrottle"."windowStart" > ${since} THEN "LoginThrottle"."windowStart" ELSE ${now} END`
  }
}

export async function clearFailures(ctx: ControlContext, login: string): Promise<void> {
  await ctx.db.loginThrottle.deleteMany({ where: { key: `account:${login.toLowerCase()}` } })
}

const keysOf = (ctx: ControlContext, login: string): string[] => [
  `account:${login.toLowerCase()}`,
  ...(ctx.address ? [`address:${ctx.address}`] : []),
]
