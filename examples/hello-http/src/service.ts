import type { IncomingMessage, ServerResponse } from 'node:http'

/** What hello-http answers: `GET /?name=Alice`, and `GET /health` for whoever asks if it is well. */
export function handler(request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, { error: 'Use GET.' })

  switch (url.pathname) {
    case '/':
      return answer(response, 200, { message: `Hello ${url.searchParams.get('name') || 'World'}` })
    case '/health':
      return answer(response, 200, { status: 'ok' })
    default:
      return answer(response, 404, { error: `Nothing is at ${url.pathname}.` })
  }
}

function answer(response: ServerResponse, status: number, body: object) {
  response.writeHead(status, { 'Content-Type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
