/**
 * The words of a command as it is typed: separated by spaces, kept together by quotes and backslashes as in a shell, of which nothing else is special.
 * Undefined when a quote is not closed.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (const [part, single, double, escaped, plain] of text.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)|\s+|./gs)) {
    if (single !== undefined) word = (word ?? '') + single
    else if (double !== undefined) word = (word ?? '') + double.replace(/\\(["\\$`])/g, '$1')
    else if (escaped !== undefined || plain !== undefined) word = (word ?? '') + (escaped ?? plain)
    else if (part.trim() !== '') return undefined
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}
