import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'

/** Files of the project, committed or not yet, without what git ignores and what templates and examples bring along. */
export async function sourceFiles(): Promise<string[]> {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout.split('\0').filter((path) => path !== '' && !/^(cli\/templates|examples)\//.test(path) && existsSync(path))
}
