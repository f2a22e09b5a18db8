import type { Release } from '../../gen/prisma/client.ts'
import { Options } from '../deployments/options.ts'
import { envVarTrigger } from '../env-vars/roll-out.ts'
import { settingsOf } from '../instances/start.ts'

type Rollout = { id: string; trigger: string; options: unknown; release: Pick<Release, 'deploymentId' | 'settings'> }

/**
 * What flags and micro.yaml say of the service itself, and not of this release: it holds once the release is live, so that a deployment that
 * fails opens or closes nothing. Going back to an earlier release, or changing its variables, leaves it, and a number of instances set by hand stays until micro.yaml
 * says another one than before.
 */
export function declaredBy(rollout: Rollout, before: Pick<Release, 'settings'> | null): { public?: boolean; instancesWanted?: number } {
  const { id, trigger, release, options } = rollout
  if (release.deploymentId !== id || trigger === envVarTrigger) return {}
  const { public: isPublic, instances } = settingsOf(release)
  const isNew = instances !== undefined && instances !== (before ? settingsOf(before).instances : undefined)
  const byFlag = Options.parse(options).instances !== undefined
  return {
    ...(isPublic === undefined ? {} : { public: isPublic }),
    ...(isNew && !byFlag ? { instancesWanted: instances } : {}),
  }
}
