import type { Kept } from './kept.ts'

/** A kind of thing that the platform keeps on disk, as `df` names it. Constructed in `processes/`. */
export type Place = {
  /** artifacts, images, build caches, logs, … */
  name: string
  /**
   * Removes what is not kept and was not used since `before`; with `dryRun` it only counts. A place without anything to remove counts too.
   * @returns bytes before, and how many of them were freed
   */
  sweep(kept: Kept, options: SweepOptions): Promise<{ bytes: number; freedBytes: number }>
}

export type SweepOptions = {
  before: Date
  dryRun: boolean
  /** Build caches as well: the next builds install everything again. */
  caches: boolean
  signal: AbortSignal
}

export type Disk = {
  places: readonly Place[]
  /** Of the file system that holds the data directory. */
  space(): Promise<{ free: number; total: number }>
  /** Above it the platform frees what it can by itself; absent: when the file system is nearly full. */
  budgetBytes?: number
}
