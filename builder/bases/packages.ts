import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../../lib/errors.ts'
import { exec } from '../../lib/exec.ts'
import { docker, type Engine, inspectImage } from '../image/engine.ts'
import { findProgram } from '../programs.ts'
import type { Machine } from './machine.ts'
import type { Making } from './making.ts'

const name = 'micro/packages'
const included = ['apt', 'ca-certificates', 'libstdc++6', 'usr-is-merged']
const leftOut = ['/usr/share/man/*', '/usr/share/doc/*', '/usr/share/locale/*', '/usr/share/info/*']
/** Makes /bin a link before the first package is unpacked; without it the package that does so at last brings all of Perl. */
const merged = '/usr/share/mmdebstrap/hooks/merged-usr'
const timeoutMs = 10 * 60_000

/**
 * The packages that every image begins with, taken from where this machine takes its own, as an image.
 * @returns its name
 */
export async function importPackages(engine: Engine, machine: Machine, directory: string, { signal, onLog }: Making): Promise<string> {
  const tagged = `${name}:${machine.codename}`
  if (await inspectImage(engine, tagged)) return tagged
  const program = findProgram('mmdebstrap', machine.path, undefined)
  if (program === undefined) {
    throw new PlatformError('failed_precondition', 'Base images are made with mmdebstrap, which is not installed on this machine.', {
      reason: 'PROGRAM_MISSING',
      hint: 'On Debian: apt-get install mmdebstrap',
    })
  }
  onLog(`Installing packages of ${machine.codename}`)
  const archive = join(directory, 'packages.tar')
  const hook = await access(merged).then(
    () => [`--hook-dir=${merged}`],
    () => [], // of a version that needs none
  )
  const result = await exec([program, ...argumentsOf(hook), machine.codename, archive, ...machine.aptSources], {
    env: { PATH: machine.path, LANG: 'C.UTF-8' },
    signal,
    timeoutMs,
    onLine: onLog,
  })
  if (result.code !== 0) throw failed(`mmdebstrap ended with exit code ${result.code}`)
  const imported = await docker(engine, ['import', ...changes(), archive, tagged], { signal, timeoutMs })
  if (imported.code !== 0) throw failed(imported.stderr.trim())
  return tagged
}

const argumentsOf = (hook: readonly string[]) => [
  '--variant=essential',
  '--format=tar',
  ...hook,
  `--include=${included.join(',')}`,
  '--aptopt=APT::Install-Recommends "false"',
  '--dpkgopt=force-unsafe-io',
  ...leftOut.map((path) => `--dpkgopt=path-exclude=${path}`),
]

function changes(): string[] {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return [`ENV PATH=${path}`, 'ENV LANG=C.UTF-8', `LABEL micro.base=packages`].flatMap((change) => ['--change', change])
}

const failed = (why: string) =>
  new PlatformError('failed_precondition', `The packages for base images could not be installed: ${why}.`, {
    reason: 'BASE_IMAGE_FAILED',
    hint: 'Mend what the lines above say, or name other images with MICRO_BASE_IMAGES.',
  })
