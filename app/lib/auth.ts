import { ApiError, type Problem } from './errors.ts'

/** Begins a session by next-auth's credentials provider of that name; the cookie is set by the answer. Throws ApiError. */
export async function authenticate(provider: 'login' | 'signup', fields: Record<string, string>): Promise<void> {
  const response = await postToAuth(`callback/${provider}`, fields)
  const { url } = (await response.json()) as { url?: string }
  const error = url ? new URL(url, location.href).searchParams.get('error') : null
  if (error !== null || !response.ok) throw new ApiError(problemIn(error))
}

/** Forgets the session's cookie; revoking the session itself is the API's `logOut`. */
export async function forgetSession(): Promise<void> {
  await postToAuth('signout', {})
}

/** Only a path of the console itself may follow a log-in. */
export function safeNext(next: string | null | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/'
}

async function postToAuth(action: string, fields: Record<string, string>): Promise<Response> {
  const { csrfToken } = (await (await fetch('/api/auth/csrf')).json()) as { csrfToken: string }
  return fetch(`/api/auth/${action}`, { method: 'POST', body: new URLSearchParams({ ...fields, csrfToken, json: 'true' }) })
}

function problemIn(error: string | null): Problem {
  try {
    return JSON.parse(error ?? '') as Problem
  } catch {
    // Not from our `authorize`: next-auth itself refused, for example because its CSRF cookie is gone.
    return { code: 'INTERNAL', message: 'This did not work.', hint: 'Reload the page and try again.' }
  }
}
