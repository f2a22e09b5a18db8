/** Shorter ones occur by chance, and each *** would tell where. */
const minLength = 8

/** Replaces secrets, name → value, in text by ***. Output comes line by line, so each line of a longer secret is one too. */
export function redactorOf(secrets: Readonly<Record<string, string>>): (text: string) => string {
  const lines = Object.values(secrets).flatMap((value) => value.split('\n').map((line) => line.trim()))
  // The longest first: one may be part of another.
  const hidden = [...new Set(lines)].filter(({ length }) => length >= minLength).toSorted((a, b) => b.length - a.length)
  return (text) => hidden.reduce((redacted, secret) => redacted.replaceAll(secret, '***'), text)
}
