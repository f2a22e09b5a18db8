import { z } from 'zod'

/** Settings given with a deploy; absent ones come from earlier deploys of the service, micro.yaml, or detection. */
export const Options = z.object({
  protocol: z.enum(['http', 'grpc']).optional(),
  buildCommand: z.string().min(1).max(4096).optional(),
  startCommand: z.string().min(1).max(4096).optional(),
  healthPath: z.string().startsWith('/', 'A health path starts with /.').max(1024).optional(),
  instances: z.number().int().min(0).max(10, 'A service has at most 10 instances.').optional(),
  public: z.boolean().optional(),
  startTimeoutMs: z.number().int().min(1000).max(600_000).optional(),
  drainTimeoutMs: z.number().int().min(0).max(600_000).optional(),
  canaryPercent: z.number().int().min(0).max(50, 'A canary gets at most 50 % of the requests.').optional(),
  canaryMs: z.number().int().min(1000).max(600_000).optional(),
  warmMs: z.number().int().min(0).max(600_000).optional(),
})
export type Options = z.infer<typeof Options>

export const noOptions: Options = {}

/** Later ones win. */
export const mergeOptions = (earlier: Options, given: Options): Options => ({ ...earlier, ...definedOf(given) })

function definedOf<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Partial<T>
}
