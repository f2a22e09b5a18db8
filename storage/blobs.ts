/** Content-addressed files of a namespace: what `micro run DIR` uploads. One namespace can neither read nor find another's. */
export interface Blobs {
  /** Those of `hashes` (lower-case hexadecimal SHA-256) that are not stored yet. */
  missing(namespaceId: string, hashes: readonly string[]): Promise<string[]>
  /** Stores the bytes if they hash to `hash`, otherwise `invalid_argument`; more than `maxBytes` is `resource_exhausted`. Idempotent. */
  put(namespaceId: string, hash: string, bytes: AsyncIterable<Uint8Array>, options: { maxBytes: number }): Promise<void>
  /** Copies the blob to a new file with the given mode; `not_found` when it isn't stored. */
  copyTo(namespaceId: string, hash: string, path: string, mode: number): Promise<void>
  /** Ids of the namespaces that have any. */
  namespaces(): Promise<string[]>
  /** Removes those that are not kept and were stored before `before`; with `dryRun` it only counts. @returns bytes of all, and of those removed */
  sweep(
    namespaceId: string,
    kept: (hash: string) => boolean,
    options: { before: Date; dryRun: boolean },
  ): Promise<{ bytes: number; freedBytes: number }>
}
