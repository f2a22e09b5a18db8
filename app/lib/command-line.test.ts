import { expect, test } from 'vitest'
import { splitWords } from './command-line.ts'

test.each([
  ['npm run seed', ['npm', 'run', 'seed']],
  ['  node   x.js\t--all\n', ['node', 'x.js', '--all']],
  [`sh -c 'ls | wc -l'`, ['sh', '-c', 'ls | wc -l']],
  [String.raw`echo "a \"b\" \n" 'c'"d"e f\ g`, ['echo', String.raw`a "b" \n`, 'cde', 'f g']],
  [`node -e ""`, ['node', '-e', '']],
  ['echo $HOME; exit', ['echo', '$HOME;', 'exit']],
  ['', []],
])('%j is read as %j', (text, words) => {
  expect(splitWords(text)).toEqual(words)
})

test.each([`echo 'a`, 'echo "a', 'echo a\\'])('%j is not complete', (text) => {
  expect(splitWords(text)).toBeUndefined()
})
