/** One line of the table: what was measured, its goal, and all samples in the order in which they were taken. */
export type Figure = {
  name: string
  unit: 'ms' | 's' | 'MB' | 'kB' | 'requests' | 'releases' | '×'
  /** At most this; absent where a value only explains another. */
  goal?: number
  samples: readonly number[]
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 ? middle : middle - 1], sorted[middle]]
  return (low + high) / 2
}

export const least = (samples: readonly number[]): number => Math.min(...samples)

/** The same stage of several runs, one array each. */
export function transpose<Name extends string>(
  runs: readonly Readonly<Record<Name, number>>[],
  names: readonly Name[],
): Record<Name, number[]> {
  return Object.fromEntries(names.map((name) => [name, runs.map((run) => run[name])])) as Record<Name, number[]>
}
