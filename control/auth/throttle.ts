import { PlatformError } from '../../lib/errors.ts'
import type { ControlContext } from '../context.ts'

const windowMs = 15 * 60_000
const limits = { account: 10, address: 100 }

/**
 * Counts an attempt before the password is looked at, so that no more get through when many come at once.
 * @param account id of the user, or what was typed when there is none: those who do not exist are throttled alike
 * @returns to be called when the password was right
 * @throws PlatformError `resource_exhausted` after too many failed log-ins of this account or address within 15 minutes
 */
export async function beginAttempt(ctx: ControlContext, account: string): Promise<() => Promise<void>> {
  const accountKey = `account:${account}`
  const addressKey = ctx.address && `address:${ctx.address}`
  await count(ctx, accountKey, limits.account)
  if (addressKey) await count(ctx, addressKey, limits.address)
  return async () => {
    await ctx.db.loginThrottle.deleteMany({ where: { key: accountKey } })
    if (addressKey)
      await ctx.db.loginThrottle.updateMany({ where: { key: addressKey, failures: { gt: 0 } }, data: { failures: { decrement: 1 } } })
  }
}

async function count(ctx: ControlContext, key: string, limit: number): Promise<void> {
  const now = ctx.clock.now()
  const since = new Date(now.getTime() - windowMs)
  const [row] = await ctx.db.$queryRaw<{ failures: number; windowStart: Date }[]>`
    INSERT INTO "LoginThrottle" ("key", "failures", "windowStart") VALUES (${key}, 1, ${now})
    ON CONFLICT ("key") DO UPDATE SET
      "failures" = CASE WHEN "LoginThrottle"."windowStart" > ${since} THEN "LoginThrottle"."failures" + 1 ELSE 1 END,
      "windowStart" = CASE WHEN "LoginThrottle"."windowStart" > ${since} THEN "LoginThrottle"."windowStart" ELSE ${now} END
    RETURNING "failures", "windowStart"`
  if (!row || row.failures <= limit) return
  const minutes = Math.ceil((row.windowStart.getTime() + windowMs - now.getTime()) / 60_000)
  throw new PlatformError(
    'resource_exhausted',
    `Too many failed log-ins. Try again in ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
    {
      reason: 'LOGIN_THROTTLED',
    },
  )
}
