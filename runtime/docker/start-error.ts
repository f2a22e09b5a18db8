import { PlatformError } from '../../lib/errors.ts'
import { statusOf } from './engine.ts'

/** Says in plain words why the engine could not make or start a container. @throws always */
export function startError(error: unknown): never {
  if (!(error instanceof Error) || statusOf(error) === undefined) throw error
  throw explained(error)
}

function explained(cause: Error): PlatformError {
  const failed = (message: string, reason: string, hint?: string) =>
    new PlatformError('failed_precondition', message, { reason, cause, ...(hint ? { hint } : {}) })
  const { message } = cause
  if (/no space left on device|disk quota exceeded/i.test(message)) {
    return new PlatformError('resource_exhausted', 'The disk is full: the instance could not be started.', {
      reason: 'DISK_FULL',
      hint: 'Free some space in the directory of the Docker engine.',
      cause,
    })
  }
  if (/cannot allocate memory|resource temporarily unavailable|no available IPv4 addresses/i.test(message)) {
    return new PlatformError('resource_exhausted', 'The machine has no room for one more instance.', {
      reason: 'MACHINE_FULL',
      hint: 'Stop something, or use a larger machine.',
      cause,
    })
  }
  if (/argument list too long/i.test(message)) {
    return failed(
      'The start command and the environment variables are too large for this machine.',
      'ENVIRONMENT_TOO_LARGE',
      'Set fewer or shorter variables; large values belong into files.',
    )
  }
  if (/chdir to cwd|no such file or directory.*cwd/i.test(message)) {
    return failed('The working directory of the start command does not exist in the image.', 'WORKING_DIRECTORY_MISSING', 'Check the path.')
  }
  if (/no such image/i.test(message))
    return failed('The image is not on this machine any more.', 'IMAGE_MISSING', 'Deploy again: that builds it anew.')
  if (/bind source path does not exist/i.test(message)) {
    return failed('The files of this release are not on this machine any more.', 'ARTIFACT_MISSING', 'Deploy again: that builds them anew.')
  }
  return failed('The Docker engine could not start the instance.', 'START_FAILED')
}
