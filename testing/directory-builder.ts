import { createDirectoryBuilder, type DirectoryBuilderOptions } from '../builder/directory.ts'
import { bufPath } from './buf.ts'
import { nodeDirectory, testUser } from './builds.ts'

/** The directory builder of tests, with everything that it keeps below `root`. */
export const testBuilder = (root: string, options: Partial<DirectoryBuilderOptions> = {}) =>
  createDirectoryBuilder({
    artifactsDirectory: `${root}/artifacts`,
    cacheDirectory: `${root}/cache`,
    nodeDirectory,
    bufPath,
    ...(testUser ? { user: testUser } : {}),
    ...options,
  })
