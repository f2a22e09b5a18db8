import { PlatformError } from '../../lib/errors.ts'
import { nameKey, ServiceName } from '../../lib/names.ts'

export const languages = ['typescript', 'python', 'go'] as const
export type Language = (typeof languages)[number]

export const templateKinds = ['rpc', 'http'] as const
export type TemplateKind = (typeof templateKinds)[number]

/** What a service is called in each place: `say-hello` is package `sayhello` with the type `SayHello` in its proto. */
export type ServiceNames = { name: ServiceName; package: string; type: string }

/** @throws PlatformError `invalid_argument` when no service can have the name, or no generated code of that language can */
export function serviceNames(name: string, language: Language, kind: TemplateKind): ServiceNames {
  const parsed = ServiceName.safeParse(name)
  if (!parsed.success) {
    throw new PlatformError('invalid_argument', parsed.error.issues[0]?.message ?? 'That is not a name of a service.', { field: 'name' })
  }

  const names = { name: parsed.data, package: nameKey(name), type: name.split('-').map(capitalised).join('') }
  if (kind === 'rpc') refuseClash(names, language)
  return names
}

const messageTypes: ReadonlySet<string> = new Set(['CallRequest', 'CallResponse', 'StreamRequest', 'StreamResponse'])
const pythonKeywords: ReadonlySet<string> = new Set(['None', 'True', 'False'])

function refuseClash({ name, type }: ServiceNames, language: Language): void {
  const clash = messageTypes.has(type)
    ? 'is what one of its own messages is called'
    : language === 'python' && pythonKeywords.has(type)
      ? 'is a keyword of Python'
      : undefined
  if (!clash) return

  throw new PlatformError('invalid_argument', `A service named ${name} would have the type ${type}, which ${clash}.`, {
    hint: `Choose another name, such as ${name}-service, or --template http.`,
    field: 'name',
  })
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
