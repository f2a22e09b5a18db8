export type Making = {
  signal: AbortSignal
  /** What is done, and what the programs print that do it. */
  onLog(line: string): void
}
