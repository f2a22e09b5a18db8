import type { InformationEvent } from 'node:http'
import type { Reply } from './exchange.ts'

/** Passes on what a service says before its answer: 102 keeps a client waiting, 103 lets it fetch ahead. */
export function informational(reply: Reply, { statusCode, headers }: InformationEvent): void {
  if (reply.headersSent) return
  if (statusCode === 102) reply.writeProcessing?.()
  if (statusCode !== 103 || headers.link === undefined) return
  try {
    reply.writeEarlyHints({ link: headers.link })
  } catch {
    // Hints that are malformed are left out: the answer itself does not depend on them.
  }
}
