import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from './setting.ts'

/** What of the operator's own set-up builds need to reach registries: see `operatorEnvironment` of the builder, which chooses. */
export async function operatorVariables(
  environment: Environment = process.env,
): Promise<{ variables: Environment; npmrc: string; path: string }> {
  const npmrc = await readFile(join(homedir(), '.npmrc'), 'utf8').catch(() => '') // most machines have none
  return { variables: environment, npmrc, path: environment.PATH ?? '/usr/local/bin:/usr/bin:/bin' }
}
