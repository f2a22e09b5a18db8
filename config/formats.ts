import { isIP } from 'node:net'
import { z } from 'zod'
import { parsePool } from '../lib/network-pool.ts'

const label = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
const hostnamePattern = new RegExp(`^${label}(\\.${label})*$`)
const prefixLengths: Readonly<Record<number, number>> = { 4: 32, 6: 128 }

export const text = (min: number, message: string) => z.string({ error: message }).min(min, message)

export const optional = <T>(schema: z.ZodType<T, string>) => schema.optional()

/** A value that may be left out: `fallback` is read as if it had been given. */
export const withDefault = <T>(fallback: string, schema: z.ZodType<T, string>) =>
  z.preprocess((value: string | undefined) => value ?? fallback, schema)

export const choice = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, { error: `expected one of ${values.join(', ')}` })

export const port = z
  .string()
  .refine((value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535, 'expected a port number from 1 to 65535, or 0 for any free one')
  .transform(Number)

/** 512Mi, 50Gi, 2Ti: in bytes. */
export const byteSize = z
  .string()
  .regex(/^[1-9]\d{0,5}(Mi|Gi|Ti)$/, 'expected a whole number with Mi, Gi or Ti: 50Gi')
  .transform((value) => Number.parseInt(value, 10) * 1024 ** { Mi: 2, Gi: 3, Ti: 4 }[value.slice(-2) as 'Mi' | 'Gi' | 'Ti'])

export const address = z
  .string()
  .transform((value) => (value === 'localhost' ? '127.0.0.1' : value.replace(/^\[(.*)\]$/, '$1')))
  .refine((value) => isIP(value) !== 0, 'expected an IP address of this machine: 127.0.0.1, or 0.0.0.0 for all of them')

export const domain = z
  .string()
  .transform((value) => value.toLowerCase())
  .refine(
    (value) => value.length <= 180 && hostnamePattern.test(value) && isIP(value) === 0,
    'expected a host name without port: micro.example.com',
  )

/** An origin: scheme, host, perhaps a port, nothing else. */
export const origin = z
  .string()
  .refine((value) => {
    const url = URL.parse(value)
    return (
      url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
    )
  }, 'expected an address without a path: https://micro.example.com')
  .transform((value) => new URL(value).origin)

export const list = (item: z.ZodType<string, string>) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(item))

/** An address or a network in CIDR notation. */
export const network = z
  .string()
  .refine(isNetwork, { error: (issue) => `${String(issue.input)} is not an IP address or a network such as 10.0.0.0/8` })

export const networkOrHost = z.string().refine((value) => isNetwork(value) || hostnamePattern.test(value.toLowerCase()), {
  error: (issue) => `${String(issue.input)} is not a host name, an IP address or a network such as 10.0.0.0/8`,
})

export const baseImage = z.string().refine((value) => /^(local|[a-z]+=\w[\w.:/@-]*)$/.test(value), {
  error: (issue) => `${String(issue.input)} is neither local nor KIND=IMAGE, such as node=registry.example.com/node:24`,
})

/** The path of a Unix socket, also written as `unix:///path`. */
export const unixSocket = z
  .string()
  .transform((value) => value.replace(/^unix:\/\//, ''))
  .refine((value) => value.startsWith('/'), 'expected the path of a Unix socket: /var/run/docker.sock')

export const networkPool = z
  .string()
  .refine((value) => parsePool(value) !== undefined, 'expected a private network of IPv4, from /8 to /24: 10.208.0.0/12')

export const databaseUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'expected an address such as postgresql://user:password@host:5432/database',
  )

function isNetwork(value: string): boolean {
  const [ip = '', length, ...rest] = value.split('/')
  const family = isIP(ip)
  if (family === 0 || rest.length > 0) return false
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (prefixLengths[family] ?? 0))
}

export const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1'
