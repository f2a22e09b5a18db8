import { dataOf, type GraphqlResult } from './errors.ts'

/** Runs a query or mutation from the browser, as the user who is logged in. Throws ApiError. */
export async function call<T>(document: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch('/graphql', {
    method: 'POST',
    // The second header makes a cross-origin caller ask first, which is always refused.
    headers: { 'content-type': 'application/json', 'apollo-require-preflight': '1' },
    body: JSON.stringify({ query: document, variables }),
  })
  return dataOf((await response.json()) as GraphqlResult<T>)
}
