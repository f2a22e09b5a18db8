import { PlatformError } from '../../lib/errors.ts'
import { stepFailed } from '../job.ts'
import type { ImageJob } from './job.ts'
import type { Failure } from './report.ts'

/** Of SIGKILL, which the kernel sends when memory runs out. */
const killed = 137

/** What went wrong, for people: a step of the tenant's, or the engine. */
export function failureOf(job: ImageJob, failure: Failure & { outOfMemory: boolean }): PlatformError {
  const { title, exitCode, message, at, outOfMemory } = failure
  const lastLine = job.redact(failure.lastLine)
  if (title === undefined) return cannotBuild(job.redact(message), at)
  if (exitCode === undefined && /not found/.test(message)) return cannotBuild(job.redact(message), at)
  if (exitCode === undefined) return stepFailed(title, job.redact(message), lastLine)
  if (exitCode !== killed) return stepFailed(title, `exit code ${exitCode}`, lastLine)
  if (!outOfMemory || !job.shared) return stepFailed(title, 'ended by SIGKILL', lastLine)
  const memory = `${Math.round(job.shared.memoryBytes / 2 ** 20)} MiB`
  return new PlatformError(
    'resource_exhausted',
    `The build failed: ${title} was ended, because memory ran out. Builds have ${memory} together.`,
    {
      reason: 'BUILD_MEMORY',
      hint: 'Let it do less at once, or build elsewhere and deploy what was built.',
    },
  )
}

/** Nothing of the tenant's was running: the engine could not do what the Dockerfile says. */
function cannotBuild(message: string, at: string): PlatformError {
  const image = /load metadata for (?:docker\.io\/)?(?:library\/)?(\S+)/.exec(at)?.[1]
  if (image !== undefined) {
    return broken(
      `The image ${image}, which FROM names, cannot be pulled: ${message}`,
      'Correct its name. On a server that cannot pull images, use one that `micro base-images --list` shows there, such as micro/node.',
    )
  }
  const path = /^(?:failed to (?:compute|calculate) .*: )?"([^"]+)"(?:: | )not found/.exec(message)?.[1]
  if (path !== undefined) {
    return broken(
      `COPY or ADD names ${path}, which is not in the source.`,
      'They reach files of the source only, never what is above it, and none that .dockerignore lists.',
    )
  }
  return broken(`The image cannot be built: ${message}`, 'Mend what the build log says and deploy again.')
}

const broken = (message: string, hint: string) => new PlatformError('failed_precondition', message, { reason: 'BUILD_FAILED', hint })
