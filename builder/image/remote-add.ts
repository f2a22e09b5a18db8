import { PlatformError } from '../../lib/errors.ts'

/**
 * The engine itself fetches what ADD names by a URL, from the machine's own network: a build could read by it what neither it nor its service may
 * reach. COPY takes files of the source only.
 * @throws PlatformError `failed_precondition` for an ADD of a URL, or of what a variable may make one
 */
export function refuseRemoteAdd(dockerfile: string): void {
  // Which of the two continues a line is for the Dockerfile to say, in a way that is easily mistaken: neither may hide anything.
  const instructions = ['\\', '`'].flatMap((continuation) => instructionsOf(dockerfile, continuation))
  const remote = instructions.find((text) => /^(ONBUILD\s+)*ADD\s/i.test(text) && /:\/\/|\$|(^|[\s"'[,])git@/.test(text))
  if (remote === undefined) return
  throw new PlatformError('failed_precondition', `ADD fetches from a URL or by a variable, which builds may not: ${remote.slice(0, 200)}`, {
    reason: 'REMOTE_ADD',
    hint: 'Fetch it by a command: `RUN curl -fsSLo FILE URL`; for files of the source use COPY.',
  })
}

/** Without comments, continued lines joined. */
function instructionsOf(dockerfile: string, continuation: string): string[] {
  const instructions: string[] = []
  let current = ''
  for (const line of dockerfile.split(/\r?\n/)) {
    if (/^\s*#/.test(line)) continue
    const text = line.trimEnd()
    if (text.endsWith(continuation)) {
      current += text.slice(0, -1)
      continue
    }
    instructions.push((current + text).trim())
    current = ''
  }
  return [...instructions, current.trim()]
}
