import { setTimeout as pause } from 'node:timers/promises'
import { processesOf } from './proc.ts'

export type Group = {
  id: string /** Process id of the shim, which leads the session and group; absent when no longer known to be ours. */
  leader?: number
}

/** SIGTERM to all of an instance; SIGKILL to whatever is left when the time given by `deadline` has come (it may move while we wait). */
export async function terminate(group: Group, deadline: () => number): Promise<boolean> {
  signalAll(group, 'SIGTERM')
  let waitMs = 5
  while (Date.now() < deadline() && processesOf(group.id, group.leader).length > 0) {
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
function signalAll({ id, leader }: Group, signal: NodeJS.Signals): number {
  // The group at once first: nothing in it can fork away between our look and the signal.
  if (leader !== undefined) send(-leader, signal)
  const members = processesOf(id, leader)
  for (const { pid, group } of members) if (group !== leader) send(pid, signal)
  return members.length
}

function send(target: number, signal: NodeJS.Signals): boolean {
  // 0 and -1 are our own group and everybody.
  if (!Number.isInteger(target) || Math.abs(target) <= 1) return false
  try {
    return process.kill(target, signal)
  } catch {
    return false // It is gone.
  }
}
