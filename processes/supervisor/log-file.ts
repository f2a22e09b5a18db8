import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const maxBytes = 10 * 1024 * 1024
const kept = 3

export type LogFile = { write(line: string): void; close(): void }

/** Lines appended to a file, which is set aside as `.1` (then `.2`, `.3`) when it has grown large. */
export function openLogFile(path: string, limitBytes: number = maxBytes): LogFile {
  let file = openSync(path, 'a', 0o600)
  let size = fstatSync(file).size

  return {
    write(line) {
      const bytes = Buffer.from(`${line}\n`)
      if (size > 0 && size + bytes.length > limitBytes) rotate()
      size += bytes.length
      try {
        writeSync(file, bytes)
      } catch {
        // A full disk costs log lines; it must not cost the supervisor.
      }
    },
    close: () => closeSync(file),
  }

  function rotate(): void {
    closeSync(file)
    for (let number = kept - 1; number >= 0; number--) {
      const from = number === 0 ? path : `${path}.${number}`
      try {
        renameSync(from, `${path}.${number + 1}`)
      } catch {
        // There are not that many yet.
      }
    }
    file = openSync(path, 'a', 0o600)
    size = 0
  }
}
