import { readFile } from 'node:fs/promises'
import type { Job } from '../job.ts'
import type { SourceTree } from '../tree.ts'
import { bundlePath, containerEnvironment, launcher, launcherPath, npmrcPath } from './launcher.ts'
import { splitNpmrc } from './npmrc.ts'

/** What commands of a build get to see, and no image keeps. */
export type Secrets = {
  /** By id. */
  contents: Readonly<Record<string, string>>
  /** Where commands find them. */
  targets: Readonly<Record<string, string>>
  proxies: Readonly<Record<string, string>>
  /** Text of the source's .npmrc without what lets somebody in; absent: there is no such file, or nothing in it does. */
  npmrc?: string
}

/** What BuildKit takes as one secret. */
const largest = 500 * 1024
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'FTP_PROXY']

/** @param environment see `operatorEnvironment` */
export async function secretsOf(job: Job, tree: SourceTree, environment: Readonly<Record<string, string>>): Promise<Secrets> {
  const { variables, bundle } = containerEnvironment(environment)
  for (const [name, value] of Object.entries(variables)) if (/auth|token|password/i.test(name)) job.hide(value)
  const certificates = bundle === undefined ? undefined : await readFile(bundle, 'utf8').catch(() => undefined) // named, but not there
  const trusted = certificates !== undefined && certificates.length <= largest
  const npmrc = splitNpmrc(tree.text('.npmrc') ?? '')
  for (const value of npmrc.values) job.hide(value)

  const all = {
    ...(trusted ? variables : without(variables, bundlePath)),
    ...(npmrc.secret === '' ? {} : { npm_config_userconfig: npmrcPath }),
  }
  const files = [
    { id: 'command', target: launcherPath, content: launcher(all) },
    ...(trusted ? [{ id: 'certificates', target: bundlePath, content: certificates }] : []),
    ...(npmrc.secret === '' ? [] : [{ id: 'npm', target: npmrcPath, content: npmrc.secret }]),
  ]
  return {
    contents: Object.fromEntries(files.map(({ id, content }) => [id, content])),
    targets: Object.fromEntries(files.map(({ id, target }) => [id, target])),
    proxies: Object.fromEntries(proxyNames.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))),
    ...(npmrc.secret === '' ? {} : { npmrc: npmrc.open }),
  }
}

const without = (variables: Readonly<Record<string, string>>, path: string) =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== path))
