import { z } from 'zod'
import { PlatformError } from '../lib/errors.ts'
import { SourcePath } from '../lib/names.ts'
import type { InstanceSpec } from './runtime.ts'

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "A variable's name is letters, digits and underscores.")
export const withoutNul = z.string().refine((value) => !value.includes('\0'), 'It holds a NUL character.')

export const Command = z.union([
  withoutNul.min(1, 'The start command is empty.'),
  z.array(withoutNul).min(1, 'The start command is empty.'),
])

/** What every driver takes alike. Checked here too, whatever was checked before: these values become paths, arguments and variables. */
export const commonSpec = {
  id: z.string().regex(/^[a-z0-9_]{1,100}$/, 'An instance id is lower-case letters, digits and underscores.'),
  namespace: z.string(),
  service: z.string(),
  release: z.int(),
  workingDirectory: SourcePath.exactOptional(),
  env: z.record(variableName, withoutNul),
  secrets: z.record(variableName, z.string()).exactOptional(),
  limits: z.object({
    memoryBytes: z.number().positive(),
    cpus: z.number().positive(),
    startCpus: z.number().positive().exactOptional(),
    processes: z.int().positive(),
  }),
  restart: z.enum(['never', 'always']),
}

/** @throws PlatformError `invalid_argument` naming the field */
export function requireSpec<T>(schema: z.ZodType<T>, spec: InstanceSpec): T {
  const { data, error } = schema.safeParse(spec)
  if (data !== undefined) return data
  const [issue] = error?.issues ?? []
  throw new PlatformError('invalid_argument', `The instance cannot run: ${issue?.message ?? 'its description is not valid.'}`, {
    reason: 'SPEC_INVALID',
    field: issue?.path.join('.') ?? '',
  })
}
