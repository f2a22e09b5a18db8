import { type Language, type ServiceNames, serviceNames, type TemplateKind } from './names.ts'
import { stubValues } from './stubs.ts'
import { templateFiles } from './templates.ts'

/** A file of a new service; its path is relative to the service's directory, with `/`. */
export type GeneratedFile = { path: string; content: string }

export type NewService = { name: string; lang: Language; template: TemplateKind }

/**
 * A service that builds, runs, answers and has a passing test, its stubs included. Touches nothing and needs no toolchain.
 *
 * @throws PlatformError `invalid_argument` when the service can't have that name
 */
export function generateService({ name, lang, template }: NewService): GeneratedFile[] {
  const names = serviceNames(name, lang, template)
  const values = template === 'rpc' ? { ...names, ...stubValues[lang](names) } : names
  return templateFiles(`${lang}-${template}`)
    .map((file) => ({ path: withDots(fill(file.path, values)), content: fill(file.content, values) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

function fill(text: string, values: ServiceNames & Record<string, string>): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (placeholder, key: string) => {
    const value = values[key]
    if (value === undefined) throw new Error(`A template has the placeholder ${placeholder}, which nothing fills.`)
    return value
  })
}

/** The templates' own ignore files would have an effect in this repository, and npm drops them from packages. */
const withDots = (path: string): string => path.replace(/(^|\/)gitignore$/, '$1.gitignore')
