import { setTimeout as pause } from 'node:timers/promises'
import { processesOf } from './proc.ts'

export type Group = {
  id: string /** Process id of the shim, which leads the session and group; absent when no longer known to be ours. */
  leader?: number
  /** When the shim was started, as the kernel counts it; absent when that is not known. */
  since?: string
}

/** SIGTERM to all of an instance; SIGKILL to whatever is left when the time given by `deadline` has come (it may move while we wait). */
export async function terminate(group: Group, deadline: () => number): Promise<boolean> {
  signalAll(group, 'SIGTERM')
  // One that is paused would not hear it.
  signalAll(group, 'SIGCONT')
  let waitMs = 5
  for (let round = 1; Date.now() < deadline() && isPopulated(group, round); round++) {
    await pause(Math.max(1, Math.min(waitMs, deadline() - Date.now())))
    waitMs = Math.min(waitMs * 1.5, 100)
  }
  return killAll(group)
}

/** SIGKILL until nobody is left. @returns false when somebody could not be killed within five seconds */
export async function killAll(group: Group): Promise<boolean> {
  const giveUpAt = Date.now() + 5000
  while (signalAll(group, 'SIGKILL') > 0) {
    if (Date.now() > giveUpAt) return false
    await pause(5)
  }
  return true
}

/** @returns how many processes there were */
export function signalAll({ id, leader, since }: Group, signal: NodeJS.Signals): number {
  // The group at once first: nothing in it can fork away between our look and the signal.
  if (leader !== undefined) send(-leader, signal)
  const members = processesOf(id, leader, since)
  for (const { pid, group } of members) if (group !== leader) send(pid, signal)
  return members.length
}

function isPopulated({ id, leader, since }: Group, round: number): boolean {
  // Asking the kernel for the group is cheap, but it counts zombies that nobody reaps: now and then we look ourselves.
  if (leader !== undefined && round % 8 !== 0 && send(-leader, 0)) return true
  return processesOf(id, leader, since).length > 0
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  // 0 and -1 are our own group and everybody.
  if (!Number.isInteger(target) || Math.abs(target) <= 1) return false
  try {
    return process.kill(target, signal)
  } catch {
    return false // It is gone.
  }
}
