/** Names of settings whose values let somebody in. */
const secretNames = /(^|:)(_authToken|_auth|_password|username|certfile|keyfile|cert|key)$/

/**
 * Parts a `.npmrc` into what may become a part of an image and what only commands of the build get to see.
 * @returns the lines without credentials, those with, and the credentials themselves
 */
export function splitNpmrc(text: string): { open: string; secret: string; values: string[] } {
  const open: string[] = []
  const secret: string[] = []
  const values: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf('=')
    const name = line.slice(0, Math.max(at, 0)).trim()
    if (!secretNames.test(name)) {
      open.push(line)
      continue
    }
    secret.push(line)
    const value = line
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    // A user's name is none, and what names a variable says nothing.
    if (!name.endsWith('username') && !/^\$\{\w+\}$/.test(value)) values.push(value)
  }
  return { open: open.join('\n'), secret: secret.join('\n'), values }
}
