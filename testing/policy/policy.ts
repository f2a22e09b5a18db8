import type { Access } from '../../control/verb.ts'

export type Policy = { verbName: string; access: Access }

/** Whether something runs a verb, and so has the verb's access policy. */
export function isPolicy(value: unknown): value is Policy {
  if (typeof value !== 'function' || !('verbName' in value) || !('access' in value)) return false
  const { verbName, access } = value
  return typeof verbName === 'string' && typeof access === 'object' && access !== null && 'kind' in access
}
