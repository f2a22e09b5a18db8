import type { IncomingMessage } from 'node:http'
import { type Engine, ignoring } from './engine.ts'

/** The beginning of a file, and who may do what with it. */
export type Head = { isFile: boolean; mode: number; uid: number; gid: number; bytes: Buffer }

/** As Go's os.FileMode counts. */
const symlink = 2 ** 27

/** The path itself, or where a link leads, inside of the container; undefined when there is nothing. */
export async function resolveFile(engine: Engine, container: string, path: string): Promise<string | undefined> {
  const response: IncomingMessage | undefined = await ignoring(
    [404],
    engine.call((docker) => docker.getContainer(container).infoArchive({ path })),
  )
  const header = response?.headers['x-docker-container-path-stat']
  response?.destroy()
  if (typeof header !== 'string') return undefined
  const { mode, linkTarget } = JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
  return (mode & symlink) === 0 ? path : linkTarget || undefined
}

const tarHeaderBytes = 512
const headBytes = 256

export async function headOf(engine: Engine, container: string, path: string): Promise<Head | undefined> {
  const stream = await ignoring(
    [404],
    engine.call((docker) => docker.getContainer(container).getArchive({ path })),
  )
  if (!stream) return undefined
  let read = Buffer.alloc(0)
  // Leaving the loop ends the transfer.
  for await (const chunk of stream) {
    read = Buffer.concat([read, Buffer.from(chunk)])
    if (read.length >= tarHeaderBytes + headBytes) break
  }
  return parseHead(read)
}

/** The first entry of a tar archive: the file that was asked for. */
export function parseHead(archive: Buffer): Head | undefined {
  if (archive.length < tarHeaderBytes) return undefined
  const octal = (start: number, length: number) => Number.parseInt(archive.toString('latin1', start, start + length), 8)
  const size = octal(124, 12)
  const kind = archive.toString('latin1', 156, 157)
  return {
    isFile: kind === '0' || kind === '\0',
    mode: octal(100, 8),
    uid: octal(108, 8),
    gid: octal(116, 8),
    bytes: archive.subarray(tarHeaderBytes, tarHeaderBytes + Math.min(size, headBytes)),
  }
}
