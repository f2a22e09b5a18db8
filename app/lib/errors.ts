/** Codes of the automation API (`extensions.code`), and UNAVAILABLE for a server that can't be reached. */
export type Problem = { code: string; message: string; hint?: string; field?: string }

/** An error of the automation API: its message is a public sentence and may be shown as it is. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.message)
    this.problem = problem
  }
}

export type GraphqlError = { message: string; extensions?: Record<string, unknown> }
export type GraphqlResult<T> = { data?: T | null; errors?: readonly GraphqlError[] }

/** The data of a GraphQL response, or its first error thrown. */
export function dataOf<T>(result: GraphqlResult<T>): T {
  const [error] = result.errors ?? []
  if (error) throw new ApiError(problemOf(error))
  if (!result.data) throw new ApiError({ code: 'INTERNAL', message: 'The server sent no answer.' })
  return result.data
}

export function problemOf({ message, extensions = {} }: GraphqlError): Problem {
  const text = (key: string) => (typeof extensions[key] === 'string' ? extensions[key] : undefined)
  const hint = text('hint')
  const field = text('field')
  return { code: text('code') ?? 'INTERNAL', message, ...(hint && { hint }), ...(field && { field }) }
}

/** What a person can be told about anything thrown. */
export function describe(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return { code: 'UNAVAILABLE', message: 'The server could not be reached.', hint: 'Check the connection and try again.' }
}
