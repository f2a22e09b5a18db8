import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const platform = `@bufbuild/buf-${process.platform}-${process.arch}`

/** The buf program itself, without the script around it that would cost another Node.js. */
export const bufPath = join(
  require.resolve(`${platform}/package.json`, { paths: [require.resolve('@bufbuild/buf/package.json')] }),
  '..',
  'bin',
  'buf',
)
