import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type TemplateFile = { path: string; content: string }

/** Every template by its folder's name: `typescript-rpc`. */
export type Templates = Record<string, TemplateFile[]>

/**
 * What `readTemplates()` returned when the CLI was bundled into one file, where there is no folder to read. The bundler puts it in place:
 * `esbuild.build({ …, define: { MICRO_TEMPLATES: JSON.stringify(readTemplates()) } })`.
 */
declare const MICRO_TEMPLATES: Templates | undefined

export function templateFiles(template: string): TemplateFile[] {
  const templates = typeof MICRO_TEMPLATES === 'undefined' ? readTemplates() : MICRO_TEMPLATES
  const files = templates[template]
  if (!files) throw new Error(`There is no template ${template}.`)
  return files
}

/** Reads `cli/templates` of this checkout. */
export function readTemplates(): Templates {
  const root = join(import.meta.dirname, '..', 'templates')
  return Object.fromEntries(readdirSync(root).map((template) => [template, readFolder(join(root, template))]))
}

function readFolder(folder: string): TemplateFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(folder.length + 1), content: readFileSync(file, 'utf8') }))
}
