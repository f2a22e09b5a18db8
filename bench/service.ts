import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checkout } from '../processes/prepare.ts'

/** A small Node.js service of some files, of which one says what version of the code this is. */
export type Service = {
  directory: string
  /** Changes one file. */
  write(version: string): Promise<void>
  remove(): Promise<void>
}

/** The HTTP example of this repository, with an answer that names the version. */
export async function createService(parent: string, name: string): Promise<Service> {
  const directory = join(parent, name)
  await mkdir(parent, { recursive: true })
  await cp(join(checkout, 'examples/hello-http'), directory, { recursive: true })
  const write = (version: string) => writeFile(join(directory, 'src/service.ts'), handler(version))
  await write('0')
  return { directory, write, remove: () => rm(directory, { recursive: true, force: true }) }
}

const handler = (version: string) => `import type { IncomingMessage, ServerResponse } from 'node:http'

export function handler(_request: IncomingMessage, response: ServerResponse) {
  response.writeHead(200, { 'Content-Type': 'text/plain' })
  response.end(${JSON.stringify(version)})
}
`
