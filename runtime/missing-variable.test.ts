import { expect, test } from 'vitest'
import { missingVariable } from './missing-variable.ts'

test.each([
  ["KeyError: 'DATABASE_URL'"],
  ['  File "/app/main.py", line 3, in <module>\nKeyError: \'DATABASE_URL\''],
  ['config.rb:3:in `fetch\': key not found: "DATABASE_URL" (KeyError)\nKeyError: key not found: "DATABASE_URL"'],
  ['Error: DATABASE_URL is not defined'],
  ['Error: DATABASE_URL is required'],
  ['panic: DATABASE_URL must be set'],
  ['DATABASE_URL missing'],
  ['Error: process.env.DATABASE_URL is undefined'],
  ['Error: environment variable DATABASE_URL is not set'],
  ['The `DATABASE_URL` environment variable has not been set.'],
  ['Error: Missing required environment variable: DATABASE_URL'],
  ['error: missing env var "DATABASE_URL"'],
  ['required key DATABASE_URL missing value'],
  ['called `Result::unwrap()`: DATABASE_URL must be set: NotPresent'],
  ['django.core.exceptions.ImproperlyConfigured: Set the DATABASE_URL environment variable'],
  ["Could not resolve placeholder 'DATABASE_URL' in value"],
  ['sh: 1: DATABASE_URL: parameter not set'],
  ['start.sh: line 2: DATABASE_URL: unbound variable'],
  ['/app/server.js:2\nnew URL(process.env.DATABASE_URL)\n    ^\nTypeError: Invalid URL'],
  ['    url = os.environ["DATABASE_URL"]'],
])('%j names it', (output) => {
  expect(missingVariable(output.split('\n'), ['PORT'])).toEqual({ name: 'DATABASE_URL', line: expect.stringContaining('DATABASE_URL') })
})

test.each([
  ['ReferenceError: DATABASE_URL is not defined'],
  ["NameError: name 'DATABASE_URL' is not defined"],
  ["KeyError: 'name'"],
  ['DATABASE_URL is set'],
  ['File not found'],
  ['GET /favicon.ico not found'],
  ['Error: a token is required'],
  ['listening on PORT 8080'],
])('%j names none', (output) => {
  expect(missingVariable([output], [])).toBeUndefined()
})

test('the error says it better than the line of the program that threw it', () => {
  const lines = ["if (!url) throw new Error('API_KEY is required')", '      ^', 'Error: API_KEY is required', '    at main (server.js:1:1)']
  expect(missingVariable(lines, [])?.line).toBe('Error: API_KEY is required')
})

test('a variable that the instance has is not missing', () => {
  const lines = ['using process.env.DATABASE_URL', 'Error: API_KEY is required']
  expect(missingVariable(lines, ['DATABASE_URL'])?.name).toBe('API_KEY')
  expect(missingVariable(lines, ['DATABASE_URL', 'API_KEY'])).toBeUndefined()
})
