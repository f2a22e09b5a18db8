/**
 * Waits until all are done. When one fails the others are told by `failure` to give up, and waited for, so that nothing goes on behind
 * the caller's back; then the first failure is thrown.
 */
export async function together(parts: readonly Promise<unknown>[], failure: AbortController): Promise<void> {
  let first: { error: unknown } | undefined
  const watched = parts.map((part) =>
    part.catch((error: unknown) => {
      first ??= { error }
      failure.abort()
    }),
  )
  await Promise.all(watched)
  if (first) throw first.error
}
