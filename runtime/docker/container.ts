import { posix } from 'node:path'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { tenantCommandArguments } from '../../lib/tenant-command.ts'
import { containerName, instanceLabels } from './labels.ts'
import { gvisorRuntime, type Sandbox } from './requirements.ts'
import type { Spec } from './spec.ts'

/** Whoever an image says that it runs as, it runs as this user, who owns nothing in the image and nothing on the machine. */
export const instanceUser = { uid: 10_001, gid: 10_001 }

export const applicationDirectory = '/app'
export const platformDirectory = '/run/micro'
export const defaultPort = 8080

/** What an image says of itself, as far as it matters here. */
export type ImageFacts = {
  id: string
  entrypoint: readonly string[]
  command: readonly string[]
  workingDirectory: string
  environment: Readonly<Record<string, string>>
  volumes: readonly string[]
}

export type ContainerInput = {
  installation: string
  spec: Spec
  image: ImageFacts
  /** Id of the container whose network the instance joins. */
  holder: string
  /** Directory of the platform's that is seen read-only at /run/micro. */
  platformDirectory: string
  sandbox: Sandbox | undefined
}

/** How an instance is confined: docs/security.md, line 16. */
export function containerOptions(input: ContainerInput): ContainerCreateOptions {
  const { installation, spec, image, holder, sandbox } = input
  const command = spec.command === undefined ? {} : { Entrypoint: [...commandOf(spec, image)], Cmd: [] }
  return {
    name: containerName(installation, spec.id),
    Image: spec.artifact.image,
    ...command,
    Env: Object.entries(environmentOf(spec, image)).map(([name, value]) => `${name}=${value}`),
    WorkingDir: workingDirectoryOf(spec, image),
    User: `${instanceUser.uid}:${instanceUser.gid}`,
    Labels: instanceLabels(installation, spec),
    // The engine would run it inside the instance, beside the platform's own.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...confinement({ ...spec.limits, cpus: spec.restart === 'never' ? (spec.limits.startCpus ?? spec.limits.cpus) : spec.limits.cpus }),
      PidsLimit: processLimit(spec.limits.processes, sandbox),
      NetworkMode: `container:${holder}`,
      // Reaps zombies, and gives a main process the signals that process 1 would not get.
      Init: true,
      Mounts: mountsOf(input),
      Tmpfs: temporaryDirectories(spec, image),
      LogConfig: outputLog,
      ...(sandbox === 'gvisor' ? { Runtime: gvisorRuntime } : {}),
    },
  }
}

/** The argv of the main process; empty when neither the spec nor the image says one. */
export function commandOf({ command }: Pick<Spec, 'command'>, image: Pick<ImageFacts, 'entrypoint' | 'command'>): readonly string[] {
  return command === undefined ? [...image.entrypoint, ...image.command] : tenantCommandArguments(command)
}

export function workingDirectoryOf({ artifact, workingDirectory }: Spec, image: Pick<ImageFacts, 'workingDirectory'>): string {
  return posix.join(artifact.mount === undefined ? image.workingDirectory || '/' : applicationDirectory, workingDirectory ?? '.')
}

const home = '/tmp/home'
const secretsDirectory = `${platformDirectory}/secrets`

/** Beside the image's own, which the engine adds. */
export function environmentOf(spec: Spec, image: Pick<ImageFacts, 'environment'>): Record<string, string> {
  return {
    ...('LANG' in image.environment ? {} : { LANG: 'C.UTF-8' }),
    HOME: home,
    TMPDIR: '/tmp',
    ...spec.env,
    PORT: String(portOf(spec)),
    MICRO_INSTANCE: spec.id,
    ...(hasSecrets(spec) ? { MICRO_SECRETS: secretsDirectory } : {}),
    // Of the engine's init: SIGTERM goes to the whole process group, so that what a start script began can end by itself as well.
    TINI_KILL_PROCESS_GROUP: '1',
  }
}

export const portOf = ({ port }: Pick<Spec, 'port'>): number => port ?? defaultPort
export const hasSecrets = ({ secrets }: Pick<Spec, 'secrets'>): boolean => Object.keys(secrets ?? {}).length > 0

/** The client's types do not know of the namespace of control groups. */
type Confinement = HostConfig & { CgroupnsMode: 'private' }

const periodMicroseconds = 100_000
const smallestMemoryBytes = 6 * 2 ** 20

/** What binds every container of the platform's, whatever it is for. */
export function confinement({ memoryBytes, cpus }: { memoryBytes: number; cpus: number }): Confinement {
  const memory = Math.max(memoryBytes, smallestMemoryBytes)
  return {
    CapDrop: ['ALL'],
    // The engine's default seccomp profile applies, since none is named here.
    SecurityOpt: ['no-new-privileges'],
    Privileged: false,
    ReadonlyRootfs: true,
    Memory: memory,
    MemorySwap: memory,
    ...processorQuota(cpus),
    IpcMode: 'private',
    CgroupnsMode: 'private',
    Ulimits: [
      { Name: 'nofile', Soft: 8192, Hard: 8192 },
      { Name: 'core', Soft: 0, Hard: 0 },
    ],
    // The kernel takes tenants before the platform when memory runs out.
    OomScoreAdj: 500,
    RestartPolicy: { Name: '' },
  }
}

/** A quota, since the engine refuses a number of processors that the machine has not. */
export const processorQuota = (cpus: number): { CpuPeriod: number; CpuQuota: number } => ({
  CpuPeriod: periodMicroseconds,
  CpuQuota: Math.max(1000, Math.round(cpus * periodMicroseconds)),
})

/** gVisor needs threads of the machine's for itself and for each thread inside. */
const processLimit = (processes: number, sandbox: Sandbox | undefined): number => (sandbox === 'gvisor' ? 4 * processes + 256 : processes)

/**
 * The engine's `local` log: it keeps bytes as they were printed, where `json-file` destroys the character at each end of a 16 KiB piece of a long
 * line. At most 8 MiB an instance.
 */
const outputLog = { Type: 'local', Config: { 'max-size': '2m', 'max-file': '4', compress: 'false' } }

function mountsOf({ spec, platformDirectory: source }: ContainerInput): NonNullable<HostConfig['Mounts']> {
  const { mount } = spec.artifact
  return [...(mount === undefined ? [] : [readOnly(mount, applicationDirectory)]), readOnly(source, platformDirectory)]
}

const readOnly = (source: string, target: string) => ({
  Type: 'bind' as const,
  Source: source,
  Target: target,
  ReadOnly: true,
  BindOptions: { Propagation: 'rprivate' as const },
})

/**
 * Their content counts towards the memory limit. What an image declares as a volume would otherwise be a directory of the machine's without any limit.
 * Each is the instance's own: the mode is that of the image's directory, where there is one.
 */
function temporaryDirectories(spec: Spec, image: ImageFacts): Record<string, string> {
  const { uid, gid } = instanceUser
  const options = (mode: string) => `rw,nosuid,nodev,exec,mode=${mode},uid=${uid},gid=${gid},size=${spec.limits.memoryBytes}`
  const volumes = image.volumes.filter((path) => !isPlatforms(path, spec))
  return { ...Object.fromEntries(volumes.map((path) => [path, options('755')])), '/tmp': options('1777'), [home]: options('700') }
}

/** Where the platform mounts something itself, an image's volume has no say. */
const isPlatforms = (path: string, { artifact }: Spec): boolean =>
  path === platformDirectory || (artifact.mount !== undefined && path === applicationDirectory)
