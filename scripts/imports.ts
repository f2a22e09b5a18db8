import { posix } from 'node:path'

export type Source = { path: string; text: string }

export type Import = {
  specifier: string
  /** As they are written between `import` and `from`. */
  names: string
  typeOnly: boolean
  /** `import('…')`: loaded when it is first needed. */
  dynamic: boolean
}

/** Imports, re-exports and dynamic imports. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text)
  const fromClauses = code.matchAll(/\b(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*['"]([^'"]+)['"]/g)
  const bare = code.matchAll(/\bimport\s*(\(?)\s*['"]([^'"]+)['"]/g)
  return [
    ...[...fromClauses].map(([, type, names = '', specifier = '']) => ({ specifier, names, typeOnly: type !== undefined, dynamic: false })),
    ...[...bare].map(([, parenthesis, specifier = '']) => ({ specifier, names: '', typeOnly: false, dynamic: parenthesis === '(' })),
  ]
}

/** The file that a relative import of `path` names. */
export const targetOf = (path: string, specifier: string): string => posix.join(posix.dirname(path), specifier)

export const isRelative = ({ specifier }: Import): boolean => specifier.startsWith('.')

export const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[\s;{}(,])\/\/[^\n]*/g, '$1')
