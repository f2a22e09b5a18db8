import { z } from 'zod'
import { EnvVarDelivery, EnvVarKind } from '../../gen/prisma/enums.ts'

/** Where a variable comes from. Later ones win: micro.yaml and the kind of the source, the namespace, the service. */
export type Origin = 'SOURCE' | 'NAMESPACE' | 'SERVICE'

export type Variable = { name: string; value: string; kind: EnvVarKind; delivery: EnvVarDelivery; origin: Origin }

/** What a variable is, without its value. */
export type VariableName = Omit<Variable, 'value'>

export const maxVariables = 500
const maxValueBytes = 32 * 1024

/** Set by the platform for every instance; a tenant's own would be lost. */
const ours = /^(PORT|MICRO_.*)$/

export const EnvVarName = z
  .string()
  .max(200, 'The name of a variable has at most 200 characters.')
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'The name of a variable is letters, digits and _, and does not start with a digit.')
  .refine((name) => !ours.test(name), 'PORT and MICRO_… are set by the platform.')

export const EnvVarValue = z
  .string()
  .refine((value) => Buffer.byteLength(value) <= maxValueBytes, 'The value of a variable has at most 32 KiB.')
  .refine((value) => !value.includes('\0'), 'The value of a variable has no NUL character; give binary data as base64.')

/** By name, as a deploy is given them. */
export const Env = z
  .record(EnvVarName, EnvVarValue)
  .refine((env) => Object.keys(env).length <= maxVariables, `A service has at most ${maxVariables} variables.`)

/** Kind and delivery stay as they were where they are not given; of a new one they are plain and variable. */
export const EnvVarInput = z
  .object({ name: EnvVarName, value: EnvVarValue, kind: z.enum(EnvVarKind).optional(), delivery: z.enum(EnvVarDelivery).optional() })
  .refine(({ kind, delivery }) => kind !== 'PLAIN' || delivery !== 'FILE', 'Only secrets are delivered as files.')
export type EnvVarInput = z.output<typeof EnvVarInput>
