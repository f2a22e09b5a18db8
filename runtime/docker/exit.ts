import type { ContainerInspectInfo } from 'dockerode'
import { exitOf as exitOfStatus } from '../exit.ts'
import type { Exit } from '../runtime.ts'

type State = Pick<ContainerInspectInfo['State'], 'Status' | 'ExitCode' | 'FinishedAt' | 'OOMKilled'>

const killed = 137

/** How a container ended, as the engine tells it; without a state, or one that says that it never ran, nobody knows. */
export function exitOf(state: State | undefined): Exit {
  if (!state || state.Status === 'created') return { at: new Date() }
  const exit = exitOfStatus(state.ExitCode, new Date(state.FinishedAt))
  return state.OOMKilled && state.ExitCode === killed ? { ...exit, outOfMemory: true } : exit
}

/** It was killed, and the engine does not say that it was for its memory; it may yet. */
export const mayBeOutOfMemory = (state: State | undefined): boolean => state?.ExitCode === killed && !state.OOMKilled
