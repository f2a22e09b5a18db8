import { setTimeout as pause } from 'node:timers/promises'

/** Waits until the condition gives something that is neither false nor undefined, and gives that back. */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<Exclude<T, undefined | false>> {
  for (const deadline = Date.now() + timeoutMs; ; await pause(20)) {
    const value = await condition()
    if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}.`)
  }
}
