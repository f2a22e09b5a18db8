import { PlatformError } from '../../lib/errors.ts'
import type { Engine } from './engine.ts'

export type Sandbox = 'gvisor'

/** The name under which gVisor is registered with the engine. */
export const gvisorRuntime = 'runsc'

type EngineInfo = {
  OSType?: string
  Architecture?: string
  SecurityOptions?: string[] | null
  Runtimes?: Record<string, unknown>
  MemoryLimit?: boolean
  CpuCfsQuota?: boolean
  PidsLimit?: boolean
}

/**
 * Nothing runs on an engine that cannot confine it.
 * @returns the machine as the engine names it: x86_64, aarch64
 * @throws PlatformError `unavailable` when it does not answer, `failed_precondition` when it lacks something
 */
export async function requireEngine(engine: Engine, sandbox: Sandbox | undefined): Promise<string> {
  const info: EngineInfo = await engine.call((docker) => docker.info(), 10_000)
  const [problem] = problemsOf(info, sandbox)
  if (problem) throw new PlatformError('failed_precondition', problem.message, { reason: 'ENGINE_UNSUITABLE', hint: problem.hint })
  return info.Architecture ?? ''
}

type Problem = { message: string; hint: string }

export function problemsOf(info: EngineInfo, sandbox: Sandbox | undefined): Problem[] {
  const problems: Problem[] = []
  if (info.OSType !== 'linux') problems.push({ message: 'The Docker engine runs no Linux containers.', hint: 'Use one on Linux.' })
  const seccomp = info.SecurityOptions?.find((option) => option.startsWith('name=seccomp'))
  if (!seccomp || seccomp.includes('profile=unconfined')) {
    problems.push({
      message: 'The Docker engine runs containers without its seccomp profile.',
      hint: 'Take `seccomp-profile: unconfined` out of its configuration, or use a kernel with seccomp.',
    })
  }
  const limits = { memory: info.MemoryLimit, cpu: info.CpuCfsQuota, pids: info.PidsLimit }
  for (const [name, works] of Object.entries(limits)) {
    if (works === false)
      problems.push({ message: `The Docker engine cannot limit ${name}.`, hint: `Enable the ${name} control group of the kernel.` })
  }
  if (sandbox === 'gvisor' && !(gvisorRuntime in (info.Runtimes ?? {}))) {
    problems.push({
      message: `MICRO_SANDBOX=gvisor, but the Docker engine has no runtime named ${gvisorRuntime}.`,
      hint: 'Install runsc and register it with the engine: see docs/operating.md.',
    })
  }
  return problems
}
