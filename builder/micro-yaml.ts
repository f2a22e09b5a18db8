import { type Document, isNode, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { scheduleProblem } from '../lib/cron.ts'
import { PlatformError } from '../lib/errors.ts'
import { ServiceName, SourcePath } from '../lib/names.ts'
import type { Settings } from './builder.ts'

/** As with options of a deploy. */
const longestMs = 600_000
/** Its keys are compared each with each: a megabyte of them would keep the platform busy for minutes. */
const maxLength = 64 * 1024

const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(ms|s|m)$/, 'A duration is a whole number and a unit: 500ms, 30s, 2m.')
  .refine((text) => milliseconds(text) <= longestMs, 'A duration is at most 10m.')
  .describe('A whole number with ms, s or m: 30s.')

const command = z.union(
  [z.string().min(1).max(4096), z.array(z.string().max(4096)).min(1).max(256)],
  'A command is one line of text, or a list of a program and its arguments.',
)

const longestRunMs = 24 * 60 * 60_000
const defaultRunMs = 60 * 60_000

/** Of a command that runs to its end. */
const runDuration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(s|m|h)$/, 'A time-out is a whole number and a unit: 90s, 30m, 2h.')
  .refine((text) => milliseconds(text) <= longestRunMs, 'A time-out is at most 24h.')
  .describe('A whole number with s, m or h: 30m.')

const cronEntry = z
  .strictObject(
    {
      name: z
        .string()
        .max(40, 'The name of an entry has at most 40 characters.')
        .regex(
          /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
          'The name of an entry is lower-case letters, digits and single hyphens, and starts with a letter.',
        ),
      schedule: z.string().max(200).describe('Minute, hour, day of the month, month, day of the week: "30 3 * * *".'),
      timezone: z.string().max(60).default('UTC').describe('By whose clocks: Europe/Berlin. UTC when absent.'),
      command,
      timeout: runDuration.optional().describe('How long a run may take; 1h when absent.'),
      overlap: z
        .enum(['skip', 'queue', 'replace'], 'overlap is skip, queue or replace.')
        .default('skip')
        .describe('What happens when the run before has not ended: left out, begun afterwards, or begun in its place.'),
    },
    'An entry has a name, a schedule and a command.',
  )
  .superRefine(({ schedule, timezone }, { addIssue }) => {
    const message = scheduleProblem({ expression: schedule, timezone })
    if (message) addIssue({ code: 'custom', path: ['schedule'], message })
  })

const cron = z
  .array(cronEntry, 'cron is a list of entries.')
  .max(20, 'A service has at most 20 cron entries.')
  .refine((entries) => new Set(entries.map(({ name }) => name)).size === entries.length, 'Two entries have the same name.')

/** Environment names that the platform gives to every instance itself. */
const platformVariable = /^(PORT|MICRO_.*)$/

const environment = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'A variable is named by letters, digits and underscores, and does not start with a digit.')
      .refine((name) => !platformVariable.test(name), 'PORT and MICRO_… are set by the platform.'),
    z.union([z.string().max(32_768), z.number(), z.boolean()], 'A value is text, a number, true or false.'),
  )
  .refine((env) => Object.keys(env).length <= 500, 'A service has at most 500 variables.')

/** `micro.yaml`: everything is optional. `docs/micro-yaml.example.yaml` shows each key. */
export const MicroYaml = z
  .strictObject({
    name: ServiceName.describe('Name of the service; the directory’s name when absent.'),
    protocol: z.enum(['http', 'grpc'], 'protocol is http or grpc.').describe('What the service speaks on $PORT.'),
    install: z.string().min(1).max(4096).describe('Command line that installs dependencies, in place of the detected one.'),
    build: z.string().min(1).max(4096).describe('Command line of the build, in place of the detected one.'),
    dockerfile: SourcePath.describe('Path of the Dockerfile, where it is not `Dockerfile`. Used by servers that run containers.'),
    start: command.describe('What starts the service: a command line, or a list that is executed as it is.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .describe('The port of a service that always listens on the same one. Others listen on $PORT. Used by servers that run containers.'),
    health: z
      .string()
      .max(1024)
      .regex(/^\/(?!\/)[!-~]*$/, 'A health path starts with one / and has no spaces.')
      .describe('HTTP path that answers 2xx or 3xx once the service is ready.'),
    release: command.describe(
      'Runs once before the instances of a new release start, such as migrations; when it fails, nothing is deployed.',
    ),
    releaseTimeout: runDuration.describe('How long the release command may take; 1h when absent.'),
    cron: cron.describe('Commands that run at certain times, each in an instance of its own.'),
    env: environment.describe('Environment variables. Not for secrets: this file is part of the source.'),
    instances: z.int().min(0).max(10, 'A service has at most 10 instances.').describe('How many copies run.'),
    memory: z
      .string()
      .regex(/^[1-9][0-9]{0,5}(Mi|Gi)$/, 'Memory is a whole number and a unit: 256Mi, 1Gi.')
      .describe('Memory of each instance: 256Mi.'),
    cpu: z.number().min(0.05).max(64).describe('Processor cores of each instance: 0.25.'),
    public: z.boolean().describe('Whether anyone may call it, or only what runs in the namespace.'),
    startTimeout: duration.describe('How long an instance may take until it is ready.'),
    drainTimeout: duration.describe('How long requests in flight may go on after a switch.'),
    canary: z
      .string()
      .regex(/^([0-9]|[1-4][0-9]|50)%$/, 'A canary is a share of the requests, up to 50%: 10%.')
      .describe('Share of the requests that a new release answers at first, while it is compared with the live one: 10%; 0%: no canary.'),
    canaryTime: duration.describe('How long a canary is compared with the live release before it answers all requests.'),
    keepWarm: z
      .union([duration, z.literal('0')])
      .describe('How long instances of the release before are kept paused, for a rollback that needs no start; 0: not at all.'),
  })
  .partial()

export type MicroYaml = z.infer<typeof MicroYaml>

/**
 * Reads the text of a `micro.yaml`.
 * @throws PlatformError `invalid_argument` that lists every problem, each with its line
 */
export function parseMicroYaml(text: string): { name?: string; settings: Partial<Settings> } {
  if (text.length > maxLength) throw invalid([`line 1: it is larger than ${maxLength / 1024} KiB.`])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const syntax = [...document.errors, ...document.warnings].map(
    (problem) => `line ${lines.linePos(problem.pos[0]).line}: ${problem.message}`,
  )
  if (syntax.length > 0) throw invalid(syntax)

  const parsed = MicroYaml.safeParse(toValue(document) ?? {})
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      describe(issue).map(({ path, message }) => `line ${lineOf(document, lines, path)}: ${message}`),
    )
    throw invalid(problems)
  }
  return { ...(parsed.data.name === undefined ? {} : { name: parsed.data.name }), settings: toSettings(parsed.data) }
}

/** The JSON Schema that editors use; `scripts` write it to public/schema/micro-yaml.json. */
export function microYamlJsonSchema(): string {
  const schema = z.toJSONSchema(MicroYaml, { io: 'input' })
  return `${JSON.stringify({ title: 'micro.yaml', ...schema }, null, 2)}\n`
}

function toSettings(yaml: MicroYaml): Partial<Settings> {
  const settings = {
    protocol: yaml.protocol,
    installCommand: yaml.install,
    buildCommand: yaml.build,
    dockerfile: yaml.dockerfile,
    startCommand: yaml.start,
    port: yaml.port,
    healthPath: yaml.health,
    startTimeoutMs: yaml.startTimeout && milliseconds(yaml.startTimeout),
    drainTimeoutMs: yaml.drainTimeout && milliseconds(yaml.drainTimeout),
    canaryPercent: yaml.canary && Number.parseInt(yaml.canary, 10),
    canaryMs: yaml.canaryTime && milliseconds(yaml.canaryTime),
    warmMs: yaml.keepWarm && milliseconds(yaml.keepWarm),
    releaseCommand: yaml.release,
    releaseTimeoutMs: yaml.releaseTimeout && milliseconds(yaml.releaseTimeout),
    cron: yaml.cron?.map(({ timeout, ...entry }) => ({ ...entry, timeoutMs: timeout ? milliseconds(timeout) : defaultRunMs })),
    env: yaml.env && Object.fromEntries(Object.entries(yaml.env).map(([name, value]) => [name, String(value)])),
    instances: yaml.instances,
    public: yaml.public,
    memoryBytes: yaml.memory && bytes(yaml.memory),
    cpus: yaml.cpu,
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const milliseconds = (text: string) => Number.parseInt(text, 10) * (unitMs[text.replace(/\d+/, '')] ?? 0)
const bytes = (text: string) => Number.parseInt(text, 10) * 1024 ** (text.endsWith('Gi') ? 3 : 2)

/** An alias bomb ends as an error here, not as an endless expansion. */
function toValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw invalid([`line 1: ${error instanceof Error ? error.message : 'it cannot be read.'}`])
  }
}

type Problem = { path: PropertyKey[]; message: string }

function describe(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
    return issue.keys.map((key) => ({
      path: [key],
      message: `${key} isn't a key of micro.yaml. Keys: ${Object.keys(MicroYaml.shape).join(', ')}.`,
    }))
  }
  if (issue.path.length === 0) return [{ path: [], message: 'micro.yaml holds keys and values, one a line: name: helloworld' }]
  const message =
    issue.code === 'invalid_key'
      ? (issue.issues[0]?.message ?? issue.message)
      : issue.code === 'unrecognized_keys'
        ? `${issue.keys.join(', ')} isn't a key here.`
        : issue.message
  return [{ path: issue.path, message: `${issue.path.join('.')}: ${message}` }]
}

function lineOf(document: Document, lines: LineCounter, path: PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true)
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
  }
  return 1
}

function invalid(problems: string[]): PlatformError {
  const text = problems.map((problem) => `micro.yaml, ${problem}`).join('\n')
  return new PlatformError('invalid_argument', text, { reason: 'MICRO_YAML_INVALID', hint: 'Mend micro.yaml and deploy again.' })
}
