import * as z from 'zod'

/** Lower-case words joined by single hyphens: `helloworld`, `say-hello`, `v2`. Safe as a DNS label, a path segment and an argument. */
const pattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

const name = (what: string, max: number) =>
  z
    .string()
    .min(1, `A ${what} needs a name.`)
    .max(max, `A ${what} name has at most ${max} characters.`)
    .regex(pattern, `A ${what} name is lower-case letters, digits and single hyphens, and starts with a letter: my-${what}.`)

const reservedNamespaces = new Set(['api', 'www', 'app', 'admin', 'console', 'micro', 'internal'])

/** CLI commands and platform paths: a service of that name could not be called by `micro NAME` or reached at `/NAME`. */
export const reservedServices: ReadonlySet<string> = new Set([
  'xn',
  'api',
  'graphql',
  'webhooks',
  'micro',
  'server',
  'install',
  'env',
  'signup',
  'login',
  'logout',
  'user',
  'namespace',
  'member',
  'new',
  'init',
  'build',
  'run',
  'update',
  'kill',
  'restart',
  'scale',
  'rollback',
  'releases',
  'deployments',
  'status',
  'logs',
  'services',
  'describe',
  'call',
  'stream',
  'config',
  'store',
  'events',
  'auth',
  'token',
  'domain',
  'env-var',
  'audit',
  'stats',
  'open',
  'help',
  'version',
  'completion',
  'exec',
  'job',
  'system',
  'base-images',
  'credential',
  'app',
  'console',
  'settings',
  'account',
])

export const NamespaceName = name('namespace', 20)
  .refine((value) => !reservedNamespaces.has(value), 'This namespace name is reserved for the platform; choose another.')
  .brand<'NamespaceName'>()
export type NamespaceName = z.infer<typeof NamespaceName>

export const ServiceName = name('service', 30)
  .refine((value) => !reservedServices.has(value), 'This service name is reserved for the platform; choose another.')
  .brand<'ServiceName'>()
export type ServiceName = z.infer<typeof ServiceName>

/** A release (`v12`) or a preview (`pr-7`) of a service, as it stands in a host name. */
export const Tag = z
  .string()
  .regex(/^(v|pr-)[1-9][0-9]*$/)
  .max(9)
  .brand<'Tag'>()
export type Tag = z.infer<typeof Tag>

/** Two names are the same if they differ in hyphens only: `say-hello` and `sayhello` would answer at the same path. */
export const nameKey = (value: string): string => value.replaceAll('-', '')

/** A git branch, tag or commit, safe as an argument of git: see git-check-ref-format(1); one that starts with `-` would be an option. */
export const GitRef = z
  .string()
  .min(1)
  .max(250)
  .regex(/^(?![-/.])(?!.*(\.\.|\/\/|@\{|\/\.|\.lock(\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u, 'That is not a git branch, tag or commit.')
  .brand<'GitRef'>()
export type GitRef = z.infer<typeof GitRef>

/** A path inside a source: relative, with `/`, normalised, never upwards. */
export const SourcePath = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) =>
      !path.startsWith('/') &&
      !path.includes('\\') &&
      !path.includes('\0') &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
    'A path in a source is relative and has no empty, `.` or `..` parts.',
  )
  .brand<'SourcePath'>()
export type SourcePath = z.infer<typeof SourcePath>

/** Lower-case hexadecimal SHA-256. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Sha256'>()
export type Sha256 = z.infer<typeof Sha256>
