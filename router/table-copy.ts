import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { type WatchRoutesResponse, WatchRoutesResponseSchema } from '../gen/proto/micro/router/v1/router_pb.ts'
import type { Log } from '../lib/log.ts'

/** The whole table on disk, so that a router that starts while the control plane is down serves what it served before. */
export interface TableCopy {
  load(): Promise<WatchRoutesResponse | undefined>
  /** Soon, and only the newest of several. */
  save(): void
  /** Writes what is still to be written. */
  close(): Promise<void>
}

const saveMs = 200

/** @param table asked for when it is written */
export function createTableCopy(directory: string, table: () => WatchRoutesResponse, log: Log): TableCopy {
  const file = join(directory, 'routes.binpb')
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    writing = writing
      .then(() => write(directory, file, toBinary(WatchRoutesResponseSchema, table())))
      .catch((err) => log.warn({ err, file }, 'the copy of the route table cannot be written'))
  }

  return {
    async load() {
      try {
        return fromBinary(WatchRoutesResponseSchema, await readFile(file))
      } catch (err) {
        const missing = err instanceof Error && 'code' in err && err.code === 'ENOENT'
        if (!missing) log.warn({ err, file }, 'the copy of the route table cannot be read')
        return undefined
      }
    },
    save() {
      timer ??= setTimeout(flush, saveMs)
    },
    async close() {
      if (timer !== undefined) flush()
      await writing
    },
  }
}

/** All of it or nothing, even if the machine stops now. */
async function write(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
