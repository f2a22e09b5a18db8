import type { Exchange } from './exchange.ts'
import type { Refusal } from './refusal.ts'
import { send } from './reply.ts'

/** Whether a browser asks for a page, which a person will read. */
export const wantsPage = ({ method, request }: Exchange): boolean =>
  (method === 'GET' || method === 'HEAD') && (request.headers.accept ?? '').includes('text/html')

/** For a person who came before the console was there: a page that tries again by itself. */
export function sendWaitingPage(exchange: Exchange, refusal: Refusal): void {
  const headers = {
    ...refusal.headers,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    refresh: '2',
  }
  send(exchange, refusal.status, headers, page)
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Micro</title>
<body style="font: 14px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 30vh auto 0; padding: 0 1.5rem; text-align: center; text-wrap: balance">
<h1 style="font-size: 1.25rem">The console is not running at the moment</h1>
<p>It is being started, or started again. This page tries again by itself.</p>
`
