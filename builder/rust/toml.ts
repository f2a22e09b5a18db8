/** The bodies of all tables with this heading: `[package]`, `[[bin]]`. All that is needed of TOML here. */
export function tableOf(toml: string, heading: string): string[] {
  const bodies: string[] = []
  let open = false
  for (const line of toml.split(/\r?\n/)) {
    const text = line.trim()
    if (text.startsWith('[')) {
      open = text.replace(/\s*#.*$/, '') === heading
      if (open) bodies.push('')
    } else if (open) bodies[bodies.length - 1] += `${text}\n`
  }
  return bodies
}

/** The string that a key of a table has. */
export function stringIn(table: string | undefined, key: string): string | undefined {
  const line = table?.split('\n').find((text) => text.split('=', 1)[0]?.trim() === key)
  return /^[^=]*=\s*(?:"([^"\\]*)"|'([^']*)')/
    .exec(line ?? '')
    ?.slice(1)
    .find((text) => text !== undefined)
}
