import { request as httpRequest } from 'node:http'
import { headers } from 'next/headers'
import { forbidden, notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { consoleAppConfig } from '../../../config/console-app.ts'
import { ApiError, dataOf, type GraphqlResult } from '../errors.ts'

type Variables = Record<string, unknown>
type Headers = Record<string, string>

/** Headers of the browser's request that the API needs to know who asks, and from where. */
const forwarded = ['cookie', 'host', 'user-agent', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id']

/** Asks the automation API as the user whose request is being served. Throws ApiError. */
export async function ask<T>(document: string, variables: Variables = {}): Promise<T> {
  const incoming = await headers()
  const sent: Headers = {}
  for (const name of forwarded) {
    const value = incoming.get(name)
    if (value !== null) sent[name] = value
  }
  return askWith(sent, document, variables)
}

/** As `ask`, for data without which a page makes no sense: leads to log-in, to the 403 page or the 404 page. */
export async function need<T>(document: string, variables: Variables = {}): Promise<T> {
  try {
    return await ask<T>(document, variables)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error.problem.code === 'UNAUTHENTICATED') redirect(`/login?next=${encodeURIComponent(await path())}`)
    if (error.problem.code === 'PERMISSION_DENIED') forbidden()
    if (error.problem.code === 'NOT_FOUND' || error.problem.code === 'INVALID_ARGUMENT') notFound()
    throw error
  }
}

/** Path of the page being served, as proxy.ts notes it. */
export const path = cache(async (): Promise<string> => (await headers()).get('x-path') ?? '/')

/** Asks with exactly these headers: for log-in, where the request's cookies mean nothing yet. */
export async function askWith<T>(sent: Headers, document: string, variables: Variables): Promise<T> {
  const answer = await post(sent, JSON.stringify({ query: document, variables }))
  return dataOf(JSON.parse(answer) as GraphqlResult<T>)
}

function post(sent: Headers, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      socketPath: consoleAppConfig().socketPath,
      path: '/graphql',
      method: 'POST',
      timeout: 15_000,
      headers: { ...sent, 'content-type': 'application/json', 'apollo-require-preflight': '1', 'content-length': Buffer.byteLength(body) },
    })
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks).toString()))
      response.on('error', reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('/graphql did not answer within 15 s')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
