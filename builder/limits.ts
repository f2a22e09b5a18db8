import type { BuildLimits } from './builder.ts'

const memoryBytes = 4 * 1024 ** 3
const processes = 2048

/**
 * Puts a command under limits of the kernel, by prlimit(1): of processes, file size, memory and processor time. The number of processes is
 * counted for a user, so it is limited only where builds have a user of their own.
 */
export function limited(argv: readonly string[], options: { prlimit: string; limits: BuildLimits; ownUser: boolean }): readonly string[] {
  const { limits, ownUser } = options
  const cpuSeconds = Math.max(1, Math.ceil(limits.timeoutMs / 1000)) * 4
  return [
    options.prlimit,
    '--core=0',
    `--cpu=${cpuSeconds}`,
    `--fsize=${limits.artifactBytes}`,
    `--data=${memoryBytes}`,
    ...(ownUser ? [`--nproc=${processes}`] : []),
    '--',
    ...argv,
  ]
}
