import { z } from 'zod'
import {
  address,
  baseImage,
  byteSize,
  choice,
  databaseUrl,
  domain,
  list,
  network,
  networkOrHost,
  networkPool,
  optional,
  origin,
  port,
  text,
  unixSocket,
  withDefault,
} from './formats.ts'
import type { Setting } from './setting.ts'

/** Every setting there is. Each process reads those named in its own schema; docs/configuration.md is generated from here. */
export const MICRO_HOME = setting({
  name: 'MICRO_HOME',
  type: 'directory',
  default: '`~/.micro`',
  description: 'Where the `micro` command keeps its configuration and tokens.',
  schema: optional(z.string()),
})

export const MICRO_DATA = setting({
  name: 'MICRO_DATA',
  type: 'directory',
  default: '`$MICRO_HOME/server`; for root, when `MICRO_HOME` is not set, `/var/lib/micro`',
  description: 'Where the server keeps everything durable: database, artifacts, logs, its secret key. Back it up whole.',
  schema: optional(z.string()),
})

export const MICRO_HOST = setting({
  name: 'MICRO_HOST',
  type: 'IP address',
  default: '`127.0.0.1`',
  description: 'The address that the server listens on. With a loopback address nobody but this machine reaches it.',
  schema: withDefault('127.0.0.1', address),
})

export const MICRO_PORT = setting({
  name: 'MICRO_PORT',
  type: 'port number',
  default: '`8080`',
  description: 'The one port that speaks HTTP/1.1, HTTP/2, gRPC, gRPC-Web, Connect and WebSocket. `0` takes any free port.',
  schema: withDefault('8080', port),
})

export const MICRO_DOMAIN = setting({
  name: 'MICRO_DOMAIN',
  type: 'host name',
  default: '`localhost`',
  description: 'The platform answers here, and namespaces at `<namespace>.<domain>`. A real domain needs a wildcard DNS record.',
  schema: withDefault('localhost', domain),
})

export const MICRO_PUBLIC_URL = setting({
  name: 'MICRO_PUBLIC_URL',
  type: 'address without a path',
  default: '`http://<MICRO_DOMAIN>:<MICRO_PORT>`',
  description: 'How people reach the platform, where that differs: behind a proxy that ends TLS, `https://<MICRO_DOMAIN>`.',
  schema: optional(origin),
})

export const MICRO_TRUSTED_PROXIES = setting({
  name: 'MICRO_TRUSTED_PROXIES',
  type: 'addresses or networks, separated by commas',
  default: 'none',
  description: 'Proxies whose `X-Forwarded-*` headers are believed.',
  schema: withDefault('', list(network)),
})

export const MICRO_RUNTIME = setting({
  name: 'MICRO_RUNTIME',
  type: '`auto`, `process` or `docker`',
  default: '`auto`',
  description:
    'What services run in. `docker`: containers of the Docker engine of this machine, isolated when the server is root. `process`: plain processes of this machine, which isolates nothing: a server that others can reach refuses it. `auto` is `process` in this version; the ready screen says why.',
  schema: withDefault('auto', choice('auto', 'process', 'docker')),
})

export const MICRO_DOCKER_SOCKET = setting({
  name: 'MICRO_DOCKER_SOCKET',
  type: 'path of a Unix socket',
  default: '`DOCKER_HOST` where that is a socket, else `/var/run/docker.sock`',
  description: 'Where the Docker engine of this machine listens.',
  schema: optional(unixSocket),
})

export const DOCKER_HOST = setting({
  name: 'DOCKER_HOST',
  type: '`unix://` and a path',
  default: 'not set',
  description: "Docker's own setting, read when `MICRO_DOCKER_SOCKET` is not set. An engine on another machine cannot be used.",
  schema: optional(z.string()),
})

export const MICRO_SANDBOX = setting({
  name: 'MICRO_SANDBOX',
  type: '`none` or `gvisor`',
  default: '`none`',
  description:
    "With `gvisor` instances in containers run on a kernel of their own, the Docker engine's runtime `runsc`: see [operating](operating.md#containers).",
  schema: withDefault('none', choice('none', 'gvisor')),
})

export const MICRO_NETWORK_POOL = setting({
  name: 'MICRO_NETWORK_POOL',
  type: 'network of IPv4',
  default: '`10.208.0.0/12`',
  description:
    'What the networks of namespaces are taken from, with 254 addresses each. Nothing else that this machine reaches may lie in it.',
  schema: withDefault('10.208.0.0/12', networkPool),
})

export const MICRO_BASE_IMAGES = setting({
  name: 'MICRO_BASE_IMAGES',
  type: '`local`, or `KIND=IMAGE`, separated by commas',
  default: 'public images; those made on this machine once `micro base-images` was typed',
  description:
    'What images of services are built on. Kinds: `debian`, `node`, `python`, `go`, `rust`, `java`, `maven`, `gradle`. `local` makes all of them on this machine.',
  schema: withDefault('', list(baseImage)),
})

export const DATABASE_URL = setting({
  name: 'DATABASE_URL',
  type: 'PostgreSQL address',
  default: 'an embedded PostgreSQL in `MICRO_DATA`',
  description:
    'A PostgreSQL, version 14 or later, to use instead: `postgresql://user:password@host:5432/database`. The database must exist.',
  secret: true,
  schema: optional(databaseUrl),
})

export const MICRO_ADMIN_PASSWORD = setting({
  name: 'MICRO_ADMIN_PASSWORD',
  type: 'text of at least 8 characters',
  default: '`micro` on a loopback-only server; elsewhere the operator `admin` cannot log in until it is set',
  description: 'Password of the operator `admin`.',
  secret: true,
  schema: optional(text(8, 'expected at least 8 characters')),
})

export const MICRO_SECRET_KEY = setting({
  name: 'MICRO_SECRET_KEY',
  type: 'text of at least 32 characters',
  default: 'generated at the first start and kept in `MICRO_DATA/secret-key`',
  description: 'The master secret: what sessions are signed and stored secrets are encrypted by. Without it they are lost.',
  secret: true,
  schema: optional(text(32, 'expected at least 32 characters; `openssl rand -base64 32` makes a good one')),
})

export const MICRO_LOG_LEVEL = setting({
  name: 'MICRO_LOG_LEVEL',
  type: '`debug`, `info`, `warn` or `error`',
  default: '`info`',
  description: 'How much the processes write to `MICRO_DATA/logs`.',
  schema: withDefault('info', choice('debug', 'info', 'warn', 'error')),
})

export const MICRO_DISK_BUDGET = setting({
  name: 'MICRO_DISK_BUDGET',
  type: 'size, such as `50Gi`',
  default: 'none: only when less than a tenth of the file system is free',
  description:
    'When the platform keeps more than this on disk, it removes old releases and build caches by itself until only what it must keep is left.',
  schema: optional(byteSize),
})

export const MICRO_FETCH_ALLOW = setting({
  name: 'MICRO_FETCH_ALLOW',
  type: 'host names, addresses or networks, separated by commas',
  default: 'none',
  description: 'Private, loopback or link-local addresses that the server may fetch from all the same: a git server in your own network.',
  schema: withDefault('', list(networkOrHost)),
})

export const MICRO_EGRESS_ALLOW = setting({
  name: 'MICRO_EGRESS_ALLOW',
  type: 'host names, addresses or networks, separated by commas',
  default: 'none',
  description:
    'Private addresses that services and builds in containers may reach all the same: a package mirror, a database. Those of this machine itself are named one by one.',
  schema: withDefault('', list(networkOrHost)),
})

export const MICRO_ROUTER_KEY = setting({
  name: 'MICRO_ROUTER_KEY',
  type: 'text of at least 32 characters',
  default: 'derived from `MICRO_SECRET_KEY`',
  description: 'What routers prove themselves to the platform by: all that a router which runs alone needs to know of the secret key.',
  secret: true,
  internal: true,
  schema: optional(text(32, 'expected at least 32 characters')),
})

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition
}
