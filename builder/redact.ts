/** Shorter ones would take half of every log away, and are no secrets. */
const shortest = 6

/** Takes secrets out of text: those that it was told, and passwords in addresses. */
export function createRedactor(): { hide(secret: string): void; redact(text: string): string } {
  const secrets = new Set<string>()
  return {
    hide(secret) {
      // As it may be printed: as it is, and as it stands in an address.
      for (const form of [secret, encodeURIComponent(secret)]) if (form.length >= shortest) secrets.add(form)
    },
    redact(text) {
      let shown = text.replaceAll(/(\/\/[^/\s:@]{0,200}:)[^/\s@]{1,500}@/g, '$1***@')
      for (const secret of secrets) shown = shown.replaceAll(secret, '***')
      return shown
    },
  }
}
