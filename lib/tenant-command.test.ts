import { expect, test } from 'vitest'
import { tenantCommandArguments } from './tenant-command.ts'

test('a command line goes through the shell, as one argument in which nothing is put', () => {
  expect(tenantCommandArguments('echo "$HOME"; exit')).toEqual(['/bin/sh', '-c', 'echo "$HOME"; exit'])
})

test('a list is executed as it is', () => {
  expect(tenantCommandArguments(['echo', '$HOME; exit'])).toEqual(['echo', '$HOME; exit'])
})
