import { bufPath } from '../testing/buf.ts'
import { nodeDirectory, testUser } from '../testing/builds.ts'
import { createDirectoryBuilder } from './directory.ts'
import { builderSuite } from './suite.ts'

builderSuite('directory', (directory) =>
  createDirectoryBuilder({
    artifactsDirectory: `${directory}/artifacts`,
    cacheDirectory: `${directory}/cache`,
    nodeDirectory,
    bufPath,
    ...(testUser ? { user: testUser } : {}),
  }),
)
