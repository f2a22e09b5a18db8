import { z } from 'zod'
import { SourcePath } from '../../lib/names.ts'
import { Command, commonSpec, withoutNul } from '../spec.ts'

/** What this driver can run. */
export const Spec = z.object({
  ...commonSpec,
  artifact: z.object({
    kind: z.literal('directory', 'The process runtime runs directories only.'),
    path: withoutNul.startsWith('/', 'The path of an artifact is absolute.'),
    programs: z.array(SourcePath).exactOptional(),
  }),
  command: Command,
})
export type Spec = z.infer<typeof Spec>
