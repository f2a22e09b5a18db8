import { usageError } from './parse.ts'

const longest = 30

/** A directory's or repository's name as the name of a service: `My_Service 2` is `my-service-2`. Undefined when nothing is left of it. */
export function asServiceName(text: string): string | undefined {
  const name = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[-0-9]+/, '')
    .slice(0, longest)
    .replace(/-+$/, '')
  return name === '' ? undefined : name
}

export function defaultServiceName(text: string): string {
  const name = asServiceName(text)
  if (name !== undefined) return name
  throw usageError(`No name for the service can be made from "${text}".`, 'Give it one with --name NAME.')
}
