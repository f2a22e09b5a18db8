import { z } from 'zod'
import { Command, commonSpec, withoutNul } from '../spec.ts'

const absolute = withoutNul.startsWith('/', 'The path of a mount is absolute.')

/** What this driver can run. */
export const Spec = z.object({
  ...commonSpec,
  artifact: z.object({
    kind: z.literal('image', 'The Docker runtime runs images only.'),
    image: withoutNul.regex(/^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$/, 'That is no reference of an image.'),
    mount: absolute.exactOptional(),
  }),
  command: Command.exactOptional(),
  port: z.int().min(1).max(65_535).exactOptional(),
  network: z
    .object({
      id: z.string().regex(/^[a-z0-9_-]{1,60}$/, 'A network id is lower-case letters, digits, hyphens and underscores.'),
      subnet: z.cidrv4(),
      gateway: z.ipv4(),
      egress: z.boolean(),
    })
    .exactOptional(),
})
export type Spec = z.infer<typeof Spec>
